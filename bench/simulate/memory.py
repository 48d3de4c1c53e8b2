"""The memory: real code runs once for each history of answers; every thread with the same history only repeats it.

What a thread of the real code does is decided by what it was called with and by the answers that it got, one after the
other: of services, of the clock, of what its process keeps, and of the threads that it started. It reaches nothing else
that changes: `surroundings` puts a `Port` into every place where it could, and what the ports leave are frozen
dataclasses, caches of pure functions, and texts. So the memory is a tree: a turn is what a thread asks next, and each
answer leads to another turn. A thread goes through the tree as long as its answers are known. It asks the simulated
services the very questions that the real code asked. At the first answer that is new, the real code runs from the
beginning: it is told the answers so far, must ask the same questions again, and then goes on by itself.

Two answers are the same in spite of a difference in one case. The present time is only written into records and
envelopes, where nobody reads it, so a thread that asks for it gets the same turn at any time. Readings of the monotonic
clock count from the beginning of a process's invocation, because nothing but their differences has a meaning.

A memory belongs to the code with which it was made: a mutant begins with an empty one. A test runs the same schedules
with and without a memory; they tell the same stories.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.simulate.reduction import without_times
from handlers.aws import acting_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from bench.simulate.processes import Actor, Ports
    from bench.simulate.scheduler import Scheduler

# What may call a service before it answers, unless it keeps the answer. Everything else is a call itself, or none.
_MAY_CALL = {"tenants", "keys"}
# Half as long as a session lasts.
_KEPT_SECONDS = 1800
_READINGS = {"monotonic", "now"}
# About two gigabytes for two processes.
MOST_TURNS = 400_000


class NotDecidedByAnswersError(BaseException):
    """Something else than answers decides what the code does, so it cannot be remembered; no code may catch this."""


class Question(NamedTuple):
    """What a thread asks.

    Attributes:
        port: whom, by the name of an attribute of its process's ports.
        method: what, by the name of the method.
        arguments: by position.
        named: by name.
        signer: whose credentials sign it, if any do.
    """

    port: str
    method: str
    arguments: tuple[Any, ...]
    named: Mapping[str, Any]
    signer: Any

    def is_like(self, other: Question) -> bool:
        """Tell whether another question is the same, apart from the present time in it."""
        return self[:2] == other[:2] and without_times(repr(self.named)) == without_times(repr(other.named))

    def answer(self, ports: Ports) -> Any:
        """Ask, and return the answer, which may be an error."""
        port, method, arguments, named, signer = self
        token = acting_credentials._ACTING.set(signer) if signer else None
        try:
            return getattr(getattr(ports, port), method)(*arguments, **named)
        except Exception as error:
            return error
        finally:
            if token:
                acting_credentials._ACTING.reset(token)


@dataclass(slots=True, eq=False)
class Turn:
    """What a thread does after a history of answers; a new one is not known yet.

    Attributes:
        number: a different one for every turn.
        question: what it asks next.
        after: the turns that follow, by the answer.
        ending: what it returns or raises, if it asks nothing more.
        has_ended: whether it asks nothing more.
        leaps: where it leads to, and by which answers, if the clock is read at a time and then again.
    """

    number: int
    question: Question | None = None
    after: dict[Hashable, Turn] = field(default_factory=dict)
    ending: Any = None
    has_ended: bool = False
    leaps: dict[float, tuple[Turn, list[Any]]] = field(default_factory=dict)


class Memory:
    """All turns that were ever taken.

    Args:
        remembers: whether to use them; without, real code runs every time.
    """

    def __init__(self, *, remembers: bool = True) -> None:
        self.remembers = remembers
        self._begins: dict[Hashable, Turn] = {}
        self._numbers = count(1)
        self._turns = 0

    def begin(self, called_with: Hashable) -> Turn:
        """Return the first turn of whatever was called with this."""
        turn = self._begins.get(called_with) if self.remembers else None
        if turn is None:
            turn = self._begins[called_with] = self._new()
        return turn

    def add_after(self, turn: Turn, key: Hashable) -> Turn:
        """Return the new turn that follows an answer."""
        following = turn.after[key] = self._new()
        return following

    def forget_if_full(self) -> None:
        """Forget everything if that is too much to keep."""
        if self._turns > MOST_TURNS:
            self._begins.clear()
            self._turns = 0

    def _new(self) -> Turn:
        self._turns += 1
        return Turn(next(self._numbers))


class Conversation:
    """One call of real code in one thread, from its beginning to its end.

    Between two stops, a remembered thread needs no stack: it is a turn in the memory. Only what really runs has one.

    Args:
        memory: what is known of others.
        thread: in which it runs.
        called_with: everything with which the function is called.
        function: the real code.
        then: is called with what it returns, or with the error that it raises.
    """

    def __init__(
        self,
        memory: Memory,
        thread: Actor,
        called_with: Hashable,
        function: Callable[[], Any],
        then: Callable[[Any], None],
    ) -> None:
        self._memory, self._thread, self._ports = memory, thread, thread.process.ports
        self._function, self._then = function, then
        self._begin = self._turn = memory.begin(called_with)
        self._told: list[Any] = []
        self._repeated = 0
        thread.learned = self._turn.number

    def begin(self) -> None:
        """Go on to the first stop."""
        self._thread.go_on = self._take
        self._go()

    def ask(self, question: Question) -> Any:
        """Return the answer to a question of the function that runs.

        Raises:
            NotDecidedByAnswersError: with the same answers, the function has asked something else before.
        """
        turn = self._turn
        if turn.question is None:
            turn.question = question
        elif not turn.question.is_like(question):
            raise NotDecidedByAnswersError(f"after the same answers, {turn.question} was asked, and now {question}")
        if self._repeated < len(self._told):
            answer = self._told[self._repeated]
            self._turn = turn.after[_key_of(answer)]
        else:
            self._learn(question.answer(self._ports))
            answer = self._told[-1]
        self._repeated += 1
        if isinstance(answer, Exception):
            raise answer.with_traceback(None)
        return answer

    def _take(self, answer: Any) -> None:
        """Go on to the next stop with the answer for which the thread stopped."""
        self._learn(self._value if answer is None else answer)
        self._go()

    def _go(self, *, on_a_stack: bool = False) -> None:
        thread, ports = self._thread, self._ports
        while (question := self._turn.question) is not None:
            if question.method in _READINGS:
                self._read_the_clock()
                continue
            needs_a_stack = question.port in _MAY_CALL and not self._is_kept(question)
            if needs_a_stack and not on_a_stack:
                thread.run_on_a_stack(partial(self._go, on_a_stack=True))
                return
            thread.has_stack = needs_a_stack
            answer = question.answer(ports)
            thread.has_stack = False
            if thread.has_stopped:
                if question.port in _MAY_CALL:
                    raise RuntimeError(f"{question} was kept, and yet led to a call")
                self._value = answer
                return
            if needs_a_stack and not isinstance(answer, Exception):
                thread.process.kept[question[:3]] = ports.clock.seconds
            self._learn(answer)
        if self._turn.has_ended:
            self._then(self._turn.ending)
        elif on_a_stack:
            self._run()
        else:
            thread.run_on_a_stack(self._run)

    def _read_the_clock(self) -> None:
        """Take all turns at once that only read the clock: between two stops, it stands still."""
        begin, clock = self._turn, self._ports.clock
        seconds = clock.monotonic()
        leap = begin.leaps.get(seconds)
        if leap is None:
            turn, told = begin, []
            while turn.question is not None and turn.question.method in _READINGS:
                told.append(getattr(clock, turn.question.method)())
                key = _key_of(told[-1])
                turn = turn.after.get(key) or self._memory.add_after(turn, key)
            leap = begin.leaps[seconds] = turn, told
        self._turn = leap[0]
        self._told += leap[1]
        self._thread.learned = self._turn.number

    def _is_kept(self, question: Question) -> bool:
        since = self._thread.process.kept.get(question[:3])
        return since is not None and self._ports.clock.seconds < since + _KEPT_SECONDS

    def _run(self) -> None:
        """Run the real code, tell it the answers so far, and remember what it asks from then on."""
        self._turn = self._begin
        self._thread.conversation, self._thread.has_stack = self, True
        try:
            ending = self._function()
        except Exception as error:
            ending = error
        self._thread.conversation, self._thread.has_stack = None, False
        self._turn.ending, self._turn.has_ended = ending, True
        self._then(ending)

    def _learn(self, answer: Any) -> None:
        if type(answer) is list:  # calls in other threads, which may end later
            answer = tuple([call.ending for call in answer])
        self._told.append(answer)
        turn = self._turn
        key = _key_of(answer)
        following = turn.after.get(key)
        if following is None:
            following = self._memory.add_after(turn, key)
        self._turn = following
        self._thread.learned = following.number


class Port:
    """A service, a clock or whatever else changes, as the real code sees it: each call is a question.

    Args:
        name: which one.
        scheduler: returns that of the world that runs.
        signs: whether the credentials of the caller matter.
        given: attributes that are no calls.
    """

    def __init__(self, name: str, scheduler: Callable[[], Scheduler], *, signs: bool = False, **given: Any) -> None:
        self._name, self._scheduler, self._signs = name, scheduler, signs
        self.__dict__.update(given)

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def ask(*arguments: Any, **named: Any) -> Any:
            conversation = self._scheduler().running().conversation
            signer = acting_credentials._ACTING.get() if self._signs else None
            return conversation.ask(Question(self._name, method, arguments, named, signer))

        self.__dict__[method] = ask
        return ask


def _key_of(answer: Any) -> Hashable:
    kind = type(answer)
    if kind is dict:
        return repr(answer)
    if isinstance(answer, Exception):
        return kind, repr(getattr(answer, "response", None))
    return None if kind is datetime else answer
