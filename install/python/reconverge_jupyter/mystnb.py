"""MyST-NB: the machine-readable form of a report is no output to be shown, and nothing to warn of."""

REPORT = "application/vnd.reconverge+json"


class ReportRenderer:
    """For the entry point `myst_nb.mime_renderers`. What is shown is the HTML beside it."""

    mime_priority_overrides = ()

    @staticmethod
    def handle_mime(renderer, data, inline):
        """Nothing for a report; None, which leaves it to others, for all else."""
        return [] if data.mime_type == REPORT else None
