"""A hub on this machine, which answers its client as the Hugging Face Hub does: files, commits, errors."""

import base64
import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

TOKEN = "hf_test"  # noqa: S105 - of this server alone
RESOLVE = re.compile(r"/([\w.-]+/[\w.-]+)/resolve/([^/]+)/(.+)")
API = re.compile(r"/api/models/([\w.-]+/[\w.-]+)(?:/(revision|tree|preupload|commit)/([^/]+))?(?:/(.*))?")
BATCH = re.compile(r"/([\w.-]+/[\w.-]+)\.git/info/lfs/objects/batch")


class Repository:
    """Commits, each the content of all files by their path, and the names of some."""

    def __init__(self, *, private=False, gated=False):
        self.private, self.gated = private, gated
        self.commits = {}
        self.names = {}
        self.commit("main", {})

    def commit(self, branch, files):
        """Add a commit to a branch; returns its id."""
        content = {**self.commits.get(self.names.get(branch), {}), **files}
        number = hashlib.sha1(f"{len(self.commits)}{sorted(content)}".encode(), usedforsecurity=False).hexdigest()
        self.commits[number] = content
        self.names[branch] = number
        return number


class Hub(ThreadingHTTPServer):
    """The server; ``requests`` is a log of methods and paths."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.repositories = {}
        self.objects = {}
        self.requests = []


def start():
    """Start a hub in a thread."""
    hub = Hub()
    threading.Thread(target=hub.serve_forever, daemon=True).start()
    return hub


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path = self._begin()
        if match := RESOLVE.fullmatch(path):
            self._file(*match.groups())
        elif match := API.fullmatch(path):
            repository = self._repository(match[1])
            commit = repository and self._commit(repository, match[3] or "main")
            if commit is None:
                return
            files = repository.commits[commit]
            if match[2] == "tree":
                self._json([self._entry(name, content) for name, content in files.items()])
            else:
                siblings = [{"rfilename": name} for name in files]
                self._json({"id": match[1], "sha": commit, "private": repository.private, "siblings": siblings})
        else:
            self._json({"error": path}, 404)

    def do_POST(self):
        path = self._begin()
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        if path == "/api/validate-yaml":
            self._json({"errors": [], "warnings": []})
        elif self.headers["Authorization"] != f"Bearer {TOKEN}":
            self._json({"error": "Invalid credentials"}, 401)
        elif path == "/api/repos/create":
            settings = json.loads(body)
            name = f"{settings['organization']}/{settings['name']}"
            exists = name in self.server.repositories
            if not exists:
                self.server.repositories[name] = Repository(
                    private=settings.get("private") or settings.get("visibility") == "private"
                )
            self._json({"url": f"{self.server.url}/{name}", "id": name}, 409 if exists else 200)
        elif match := BATCH.fullmatch(path):
            objects = [self._upload(each) for each in json.loads(body)["objects"]]
            self._json({"transfer": "basic", "objects": objects})
        elif match := API.fullmatch(path):
            repository = self._repository(match[1])
            if repository is None or self._commit(repository, match[3]) is None:
                return
            if match[2] == "preupload":
                files = [self._mode(each) for each in json.loads(body)["files"]]
                self._json({"files": files})
            else:
                self._json(self._take(repository, match[1], unquote(match[3]), body))

    def do_PUT(self):
        path = self._begin()
        self.server.objects[path.rpartition("/")[2]] = self.rfile.read(int(self.headers["Content-Length"]))
        self._json({})

    def _begin(self):
        path = urlsplit(self.path).path
        self.server.requests.append((self.command, path))
        return path

    def _repository(self, name):
        repository = self.server.repositories.get(name)
        if repository is None or (repository.private and self.headers["Authorization"] != f"Bearer {TOKEN}"):
            self._error("RepoNotFound", 404 if self.headers["Authorization"] else 401)
            return None
        return repository

    def _commit(self, repository, revision):
        revision = unquote(revision)
        commit = repository.names.get(revision, revision)
        if commit not in repository.commits:
            self._error("RevisionNotFound", 404)
            return None
        return commit

    def _file(self, name, revision, path):
        repository = self._repository(name)
        if repository is None:
            return
        if repository.gated:
            self._error("GatedRepo", 403)
            return
        commit = self._commit(repository, revision)
        if commit is None:
            return
        content = repository.commits[commit].get(unquote(path))
        if content is None:
            self._error("EntryNotFound", 404, {"X-Repo-Commit": commit})
            return
        digest = hashlib.sha256(content).hexdigest()
        self._send(content, 200, {"ETag": f'"{digest}"', "X-Repo-Commit": commit, "X-Linked-Size": str(len(content))})

    @staticmethod
    def _entry(name, content):
        digest = hashlib.sha256(content).hexdigest()
        lfs = {"oid": digest, "size": len(content), "pointerSize": 130} if name.endswith(".onnx") else {}
        return {"type": "file", "path": name, "size": len(content), "oid": digest[:40], **({"lfs": lfs} if lfs else {})}

    @staticmethod
    def _mode(file):
        mode = "lfs" if file["path"].endswith(".onnx") else "regular"
        return {"path": file["path"], "uploadMode": mode, "shouldIgnore": False, "oid": None}

    def _upload(self, file):
        href = f"{self.server.url}/objects/{file['oid']}"
        return {"oid": file["oid"], "size": file["size"], "actions": {"upload": {"href": href}}}

    def _take(self, repository, name, branch, body):
        files = {}
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.server.objects[value["oid"]]
        commit = repository.commit(branch, files)
        return {"success": True, "commitOid": commit, "commitUrl": f"{self.server.url}/{name}/commit/{commit}"}

    def _error(self, code, status, headers=()):
        self._send(b"{}", status, {"X-Error-Code": code, "X-Error-Message": code, **dict(headers)})

    def _json(self, value, status=200):
        self._send(json.dumps(value).encode(), status, {"Content-Type": "application/json"})

    def _send(self, content, status, headers):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": len(content)}.items():
            self.send_header(name, str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
