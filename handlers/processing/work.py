"""The work of a child process: a question in, an answer out, both as JSON."""

from typing import Any, Protocol

from handlers.processing.simulation import ProcessingOptions, processing_of


class Work(Protocol):
    """What a child does with the one question that it gets."""

    def answer(self, question: Any) -> Any:
        """Return the answer; any exception is reported by its name."""


def work_of(options: ProcessingOptions) -> Work:
    """Return the work that the stack asks for, with its own code if it brings some."""
    processing = processing_of(options)
    if not options.processor:
        return processing
    from handlers.processing.processor import ProcessorWork, processor_named

    return ProcessorWork(processing, processor_named(options.processor))
