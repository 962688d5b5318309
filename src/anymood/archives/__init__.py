"""Archives of social networks, downloaded by a user or collected by a tool, read as posts.

``open_archive`` opens a file, a folder or a zip, and detects its format. Posts are read one by one, in constant memory.
A record that cannot be read becomes a post with a problem.
"""

from anymood.archives.opening import Archive, find_archive, is_unread_chat, is_zip, open_archive, unread_export
from anymood.archives.post import COLUMNS, ArchivedPost
from anymood.archives.reader import ArchiveFile, Reader, formats, register
from anymood.archives.source import Source
from anymood.zipped_files import ZippedFile

__all__ = [
    "COLUMNS",
    "Archive",
    "ArchiveFile",
    "ArchivedPost",
    "Reader",
    "Source",
    "ZippedFile",
    "find_archive",
    "formats",
    "is_unread_chat",
    "is_zip",
    "open_archive",
    "register",
    "unread_export",
]
