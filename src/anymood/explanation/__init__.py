"""Why a model predicts what it does: what text and image each did, and which words and regions."""
