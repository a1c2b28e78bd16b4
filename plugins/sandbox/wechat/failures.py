"""A refusal in WeChat's own words."""


class Failed(Exception):
    """Becomes a signed answer with this status."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status = status
        self.fields = {"code": code, "message": message}
