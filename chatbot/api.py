# SPDX-License-Identifier: EUPL-1.2
"""HTTP in and out, for everybody: no login, no cookie, no id. What is typed is gone when the answer has left."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from chassis.clock import Clock
from chassis.problems import not_found
from chatbot import schemas
from chatbot.answering import Answer, Answering, Tally
from chatbot.crisis import SECOND_EAR
from chatbot.rules import LOCALES, OWN, Audience, Locale, Rule

BODY_BYTES = 2 * 1024
PUBLIC: dict[str, Any] = {"security": []}
SMALL: dict[str, Any] = {**PUBLIC, "x-most-bytes": BODY_BYTES}
CRISIS = "crisis-"
RuleId = Annotated[str, Path(pattern=schemas.RULE, min_length=1, max_length=80)]


@dataclass(frozen=True)
class Helper:
    """The component: what answers, what counts, and the municipality's telephone. hours: by language."""

    answering: Answering
    tally: Tally
    clock: Clock
    phone: str
    hours: dict[Locale, str]


def routes(helper: Helper) -> APIRouter:
    """The operations of the helper."""
    router = APIRouter()

    @router.post(
        "/answers",
        operation_id="answerQuestion",
        tags=["answers"],
        openapi_extra=SMALL,
        response_model_exclude_none=True,
    )
    async def answer_question(question: schemas.Question) -> schemas.Answer:
        """The rule that fits, or the question back, or whom to call. Nothing of it is kept but a count per rule."""
        found = helper.answering.answer(question.text, question.locale, question.audience, asked=question.asked)
        helper.tally.count(found.rule, helper.clock.now())
        return _shown(found, helper)

    @router.get("/topics", operation_id="listTopics", tags=["rules"], openapi_extra=PUBLIC)
    async def list_topics(
        locale: Annotated[Locale, Query()], audience: Annotated[Audience, Query()]
    ) -> schemas.TopicPage:
        """What can be asked: a title and one example each, in the order of the themes."""
        rules = helper.answering.library.content.rules
        topics = [
            schemas.Topic(rule=one.id, theme=one.theme, title=side.shown, example=side.examples[0])
            for one, side in ((rule, rule.side(locale)) for rule in rules if audience in rule.audience)
        ]
        return schemas.TopicPage(items=topics)

    @router.get("/rules/{rule}", operation_id="getRule", tags=["rules"], openapi_extra=PUBLIC)
    async def get_rule(rule: RuleId) -> schemas.RuleShown:
        """Where a rule comes from, who checked it, when, and the phrases that lead to it."""
        found = _rule(helper, rule)
        if found is None:
            raise not_found()
        return found

    return router


def _shown(found: Answer, helper: Helper) -> schemas.Answer:
    handover = schemas.Handover(topic=found.topic, phone=helper.phone, hours=helper.hours[found.locale])
    return schemas.Answer(
        rule=found.rule,
        confidence=round(found.confidence, 2),
        locale=found.locale,
        say=found.say,
        actions=[schemas.Action.model_validate(one.model_dump()) for one in found.actions],
        because=list(found.because),
        choices=[schemas.Choice(rule=one.rule, title=one.title, text=one.text) for one in found.choices],
        handover=handover if found.rule == "hand-over" else None,
    )


def _leading(helper: Helper, rule: Rule, locale: Locale) -> list[str]:
    """A rule's key phrases, and then the words that tell for it."""
    phrases = rule.side(locale).phrases
    words = helper.answering.library.matchers[locale].leading_to(rule.id)
    return [*phrases, *(word for word in words if word not in phrases)]


def _rule(helper: Helper, identity: str) -> schemas.RuleShown | None:
    """A rule of the content, a kind of crisis, or what the helper says itself."""
    content = helper.answering.library.content
    one = content.rule(identity)
    if one is not None:
        return schemas.RuleShown(
            rule=one.id,
            theme=one.theme,
            layer=one.layer,
            source=one.source,
            reviewer=one.reviewed.by if one.reviewed else None,
            reviewed=one.reviewed.on if one.reviewed else None,
            phrases={locale: _leading(helper, one, locale) for locale in LOCALES},
        )
    kind = next((kind for kind in content.crisis.kinds if f"{CRISIS}{kind.id}" == identity), None)
    if kind is None and identity not in OWN:
        return None
    checked = content.crisis.reviewed
    return schemas.RuleShown(
        rule=identity,
        theme="crisis" if kind else "own",
        layer=content.layers[0],
        source=content.crisis.source if kind else "chatbot/content/README.md",
        reviewer=checked.by if kind and checked else None,
        reviewed=checked.on if kind and checked else None,
        phrases={locale: [*kind.side(locale).all, SECOND_EAR] for locale in LOCALES} if kind else {},
    )
