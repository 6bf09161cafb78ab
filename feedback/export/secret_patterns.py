"""What keys, tokens and passwords look like, as regular expressions for Presidio."""

_NAMED = r"password|passwd|passphrase|pwd|secret|api[_-]?key|access[_-]?key|auth[_-]?token"

SECRET_PATTERNS: dict[str, str] = {
    "private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    "key with a known prefix": (
        r"\b(?:sk-[\w-]{16,}|(?:sk|rk|pk)_(?:live|test)_\w{10,}|gh[pousr]_\w{30,}|github_pat_\w{22,}|glpat-[\w-]{20,}"
        r"|xox[abeprs]-[\w-]{10,}|AIza[\w-]{35}|hf_\w{30,}|npm_\w{36}|pypi-[\w-]{40,}|(?:AKIA|ASIA)[0-9A-Z]{16})"
    ),
    "JSON web token": r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*",
    "bearer token": r"(?<=\bbearer\s)[\w.~+/-]{16,}=*",
    "password in a URL": r"(?<=://[^\s:/@]{1,100}:)[^\s@/]+(?=@)",
    "password or key that is named": (
        rf"(?<=\b[\w-]{{0,40}}(?:{_NAMED})[\"']?\s{{0,3}}[:=]\s{{0,3}}[\"']?)[^\s\"',;]{{4,}}"
    ),
    # In a sentence only with a digit: "the secret is that ..." tells none.
    "password or key that is told": rf"(?<=\b(?:{_NAMED})\s{{1,3}}is\s{{1,3}}[\"']?)(?=\S*\d)[^\s\"',;]{{4,}}",
}
