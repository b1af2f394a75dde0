"""A symptom, and the edge that turns whatever a look meets into symptoms.

Belongs here: the type, and calling a look so that it always answers.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from assets.edge import describe
from pipelines.failure_classes import CLASS_OF_CODE, CLASSES, FailureClass
from schemas.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing that is wrong. It holds no pupil's value: it may be shown, mailed and kept.

    Attributes:
        failure: class of failure, a key of `failure_classes.CLASSES`.
        subject: what it is about (a school, an account, a file, a run); with the class it names the symptom.
        words: what is wrong and where.

    """

    failure: str
    subject: str
    words: str

    @property
    def of(self) -> FailureClass:
        """Its class, with the three answers."""
        return CLASSES[self.failure]

    @property
    def name(self) -> str:
        """The same for the same trouble, however often it is found."""
        return f"{self.failure}:{self.subject}"


def looked(subject: str, look: Callable[[], Iterable[Symptom] | None]) -> Iterator[Symptom]:
    """Look, and answer with symptoms whatever happens: a refusal is one, and so is a fault of the program."""
    try:
        yield from look() or ()
    except Refusal as refusal:
        yield Symptom(CLASS_OF_CODE[refusal.code], subject, str(refusal))
    except OSError as error:
        what = error.filename or subject
        yield Symptom("setup", subject, f"{what} cannot be read or written ({type(error).__name__}).")
    except Exception as error:  # noqa: BLE001  the edge: another's message may hold anything
        yield Symptom("fault", subject, describe(error))
