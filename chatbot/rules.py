# SPDX-License-Identifier: EUPL-1.2
"""What a rule is: the shapes of the content files, and nothing that reads or matches them.

chatbot/content/README.md shows them. Whatever is not said there is refused, with the place where it stands.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Locale = Literal["nl", "en"]
Audience = Literal["12-15", "16+", "relative", "caseworker"]
LOCALES: tuple[Locale, ...] = ("nl", "en")
AUDIENCES: tuple[Audience, ...] = ("12-15", "16+", "relative", "caseworker")
YOUNG: tuple[Audience, ...] = ("12-15", "16+")
SHOWING = ("show-running-permissions", "show-who-looked", "show-requests", "show-helpers", "show-drawers")
"""May each name a kind of drawer. The device fills them in with its own token: the helper never learns the answer."""
PLAIN = ("pause-all", "talk-to-someone", "hand-over")
GIVEN = {"open-screen": "screen", "call": "number", "open-link": "url"}
"""What needs something, and the member that holds it. The list is closed: no action changes anything."""
SCREENS = (
    *("welcome", "signin", "start", "unlock", "home", "drawers", "search", "requests", "running", "looked"),
    *("receipts", "pause", "leave", "import", "settings", "more"),
)
Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Text = Annotated[str, Field(min_length=1, max_length=600)]
Example = Annotated[str, Field(min_length=2, max_length=200)]
Number = Annotated[str, Field(pattern=r"^[0-9+][0-9 -]{1,20}$")]
OWN = ("ask", "hand-over", "numbers")
"""What the helper says itself; no rule may be called so, nor begin with `crisis-`."""


class Shape(BaseModel):
    """Base of the shapes: nothing unknown, nothing changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Action(Shape):
    """One thing that the device may offer: a button. At most one of the four others is set."""

    action: str
    category: str | None = None
    screen: str | None = None
    number: str | None = None
    url: str | None = None

    @model_validator(mode="after")
    def _listed(self) -> Self:
        needed = GIVEN.get(self.action)
        if needed is None and self.action not in (*SHOWING, *PLAIN):
            raise ValueError("unknown action")
        given = {name for name in ("category", "screen", "number", "url") if getattr(self, name) is not None}
        if given - ({"category"} if self.action in SHOWING else {needed}) or (needed and not given):
            raise ValueError(f"{self.action} holds {needed or 'nothing'}")
        if self.screen is not None and self.screen not in SCREENS:
            raise ValueError("unknown screen")
        if self.url is not None and not self.url.startswith("https://"):
            raise ValueError("a link begins with https://")
        return self


def _action(value: Any) -> Any:
    """`show-requests`, `{show-drawers: debts}` or `{open-screen: {screen: pause}}` as members of an Action."""
    if isinstance(value, str):
        return {"action": value}
    if isinstance(value, Mapping) and len(value) == 1 and "action" not in value:
        [(name, held)] = value.items()
        member = GIVEN.get(name, "category")
        return {"action": name, **(held if isinstance(held, Mapping) else {member: held})}
    return value


class Review(Shape):
    """Who checked a rule, when, and when it is looked at again."""

    by: Text
    on: date
    again: date


class Side(Shape):
    """A rule in one language. say: one text, or one per audience with `else`. phrases: words -> weight 1 to 3. asked:
    more ways in which people ask it; they count as the examples do, and are never shown."""

    title: Annotated[str, Field(min_length=2, max_length=40)] | None = None
    say: Text | dict[str, Text]
    examples: tuple[Example, ...]
    asked: tuple[Example, ...] = ()
    phrases: dict[str, Annotated[int, Field(ge=1, le=3)]] = Field(default={})

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if isinstance(self.say, dict) and ("else" not in self.say or set(self.say) - {*AUDIENCES, "else"}):
            raise ValueError("say per audience has `else`, and no name but those of audiences")
        return self

    def said(self, audience: Audience) -> str:
        """What this audience is told."""
        return self.say if isinstance(self.say, str) else self.say.get(audience, self.say["else"])

    @property
    def shown(self) -> str:
        """What a button says."""
        return self.title or self.examples[0][:1].upper() + self.examples[0][1:]


class Rule(Shape):
    """One answer and the words that lead to it. reviewed: null until somebody else than its writer checked it."""

    id: Name
    audience: tuple[Audience, ...] = Field(min_length=1)
    nl: Side
    en: Side
    actions: tuple[Annotated[Action, BeforeValidator(_action)], ...] = ()
    source: Text
    reviewed: Review | None
    theme: str = ""
    layer: str = ""

    def side(self, locale: Locale) -> Side:
        """The rule in a language."""
        return self.nl if locale == "nl" else self.en

    @model_validator(mode="after")
    def _own_name(self) -> Self:
        if self.id in OWN or self.id.startswith("crisis-"):
            raise ValueError("this id is the helper's own")
        return self


class Asked(Shape):
    """Texts by language: of `asked/*.yaml`, more ways in which people ask a rule; of elsewhere.yaml, what no rule is about."""

    nl: tuple[Example, ...] = ()
    en: tuple[Example, ...] = ()

    def of(self, locale: Locale) -> tuple[str, ...]:
        """Those of one language."""
        return self.nl if locale == "nl" else self.en


class Cries(Shape):
    """cries.yaml: cries for help by kind, and what only looks like one."""

    kinds: dict[Name, Asked] = Field(default={})
    harmless: Asked = Asked()


class Hidden(Shape):
    """An overlay's word that a rule is not for this municipality."""

    id: Name
    off: Literal[True]


class CrisisSide(Shape):
    """A kind of crisis in one language. phrases: always fire. unclear: of something else when a word of the group
    (`about`) is there too: "ik ga dood" in a game."""

    say: Text
    phrases: tuple[str, ...] = Field(min_length=1)
    unclear: dict[Name, tuple[str, ...]] = Field(default={})

    @property
    def all(self) -> tuple[str, ...]:
        """Every phrase, the clear ones first."""
        return tuple(dict.fromkeys((*self.phrases, *(one for group in self.unclear.values() for one in group))))


class Kind(Shape):
    """A kind of crisis. calls, links: its buttons."""

    id: Name
    nl: CrisisSide
    en: CrisisSide
    calls: tuple[Number, ...] = Field(min_length=1)
    links: tuple[Annotated[str, Field(pattern=r"^https://\S+$")], ...] = ()

    def side(self, locale: Locale) -> CrisisSide:
        """The kind in a language."""
        return self.nl if locale == "nl" else self.en


class Crisis(Shape):
    """crisis.yaml. harmless: language -> phrases that are taken out first. sets: language -> name -> words, for the
    `<name>` of a phrase. about: language -> group -> words that make an unclear phrase of that group be about them."""

    kinds: tuple[Kind, ...]
    sets: dict[Locale, dict[Name, tuple[str, ...]]] = Field(default={})
    about: dict[Locale, dict[Name, tuple[str, ...]]] = Field(default={})
    harmless: dict[Locale, tuple[str, ...]] = Field(default={})
    source: Text = "docs/known-weaknesses.md"
    reviewed: Review | None = None


class Vocabulary(Shape):
    """The words of one language. concepts: a name -> words that mean it."""

    forms: dict[str, str] = Field(default={})
    youth: dict[str, str] = Field(default={})
    concepts: dict[Name, tuple[str, ...]] = Field(default={})
    empty: tuple[str, ...] = ()
    hard: tuple[str, ...] = ()


class Sayings(Shape):
    """What the helper says itself."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    ask: Text
    hand_over: Text = Field(alias="hand-over")
    numbers: Text
    computer: Text


class Words(Shape):
    """words.yaml. categories: kind of drawer -> language -> words that name it."""

    nl: Vocabulary
    en: Vocabulary
    emoji: dict[str, str] = Field(default={})
    categories: dict[Name, dict[Locale, tuple[str, ...]]] = Field(default={})
    say: dict[Locale, Sayings]
    numbers: tuple[Number, ...] = ()

    def of(self, locale: Locale) -> Vocabulary:
        """The words of a language."""
        return self.nl if locale == "nl" else self.en
