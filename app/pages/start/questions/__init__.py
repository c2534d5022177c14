"""What the start dialog asks over its form: before a filled form is left, and before a dangerous kind is started."""

__all__ = ["confirm_question", "leave_question"]
