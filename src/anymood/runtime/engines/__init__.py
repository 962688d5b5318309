"""The libraries that run graphs, by name: what each of them must do, and which one runs here."""
