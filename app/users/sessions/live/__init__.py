"""The open sessions of a person: listed, limited, ended."""
