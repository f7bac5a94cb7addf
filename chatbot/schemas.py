# SPDX-License-Identifier: EUPL-1.2
"""The wire of the helper. What is typed comes in as `text`; no answer has a member that holds it again."""

from typing import Annotated, Literal

from pydantic import Field

from chassis.clock import Day
from chassis.wire import Wire
from chatbot.rules import Audience, Locale

RULE = r"^[a-z0-9]+(-[a-z0-9]+)*$"
RuleId = Annotated[str, Field(pattern=RULE, min_length=1, max_length=80)]
Shown = Annotated[str, Field(max_length=2_000)]
ActionName = Literal[
    "show-running-permissions",
    "show-who-looked",
    "show-requests",
    "show-helpers",
    "show-drawers",
    "pause-all",
    "open-screen",
    "call",
    "open-link",
    "talk-to-someone",
    "hand-over",
]


class Question(Wire):
    """What somebody typed. asked: they were asked back before, so now the helper answers or hands over."""

    text: Annotated[str, Field(min_length=1, max_length=500)]
    locale: Locale
    audience: Audience
    asked: bool = False


class Action(Wire):
    """A button. The device does it with the person's own token; no action changes anything by itself."""

    action: ActionName
    category: str | None = None
    screen: str | None = None
    number: str | None = None
    url: str | None = None


class Choice(Wire):
    """A button of a question back: what it says, and the example that the device sends when it is pressed."""

    rule: RuleId
    title: Shown
    text: Shown


class Handover(Wire):
    """Whom to call when the helper does not know. topic: what it seems to be about."""

    topic: str | None = None
    phone: str
    hours: str


class Answer(Wire):
    """An answer and the rule that gave it: `crisis-…`, `numbers`, `ask`, `hand-over`, or the id of a rule."""

    rule: RuleId
    confidence: Annotated[float, Field(ge=0, le=1)]
    locale: Locale
    say: Shown
    actions: list[Action]
    because: list[Shown]
    choices: list[Choice]
    handover: Handover | None = None


class Topic(Wire):
    """A rule as a button: title, and one example of how somebody asks it."""

    rule: RuleId
    theme: str
    title: Shown
    example: Shown


class TopicPage(Wire):
    """What can be asked."""

    items: list[Topic]
    next: str | None = None


class RuleShown(Wire):
    """Why the helper says what it says: where it stands, who checked it and when, and whose rule it is."""

    rule: RuleId
    theme: str
    layer: str
    source: str
    reviewer: str | None
    reviewed: Day | None
    phrases: dict[str, list[Shown]]
