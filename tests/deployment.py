# SPDX-License-Identifier: EUPL-1.2
"""`make deployment`: the image, the compose file and the chart before the field's own tools, at their strictest.

hadolint reads the Dockerfile, compose-lint the compose file, Helm itself lints and renders the chart, and each rendered
resource is held against the schemas of the Kubernetes releases we say we run on. No container is built or started here.
"""

import copy
import logging
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import helm_python
import kubernetes_validate
import yaml

ROOT = Path(__file__).resolve().parents[1]
CHART = ROOT / "charts" / "kluisje"
BIN = Path(sys.executable).parent
RELEASES = ("1.28", "1.31", "1.34")
NO_SCHEMA = {"PodMonitor"}
"""Resources of an operator, not of Kubernetes: it keeps their schemas."""


def _changed(*changes: tuple[str, Any]) -> dict[str, Any]:
    """The chart's values with these paths set."""
    values = copy.deepcopy(yaml.safe_load((CHART / "values.yaml").read_text("utf-8")))
    for path, value in changes:
        *above, last = path.split(".")
        at = values
        for step in above:
            at = at[step]
        at[last] = value
    return dict(values)


CASES: dict[str, dict[str, Any]] = {
    "as it comes": _changed(),
    "pinned, watched, with a database": _changed(
        ("image.digest", "sha256:" + "0" * 64),
        ("monitoring.podMonitor", True),
        ("database.to", [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "postgres"}}}]),
        ("parts.consent.settings", {"KLUISJE_CONSENT_ENVIRONMENT": "production"}),
        ("migrations.settings", {"KLUISJE_CONSENT_DATABASE": "postgresql://kluisje_consent@db/kluisje_consent"}),
    ),
    "an organisation's desk": _changed(
        *((f"parts.{part}.enabled", False) for part in ("vault", "consent", "gateway", "chatbot", "portal")),
        ("parts.desk.enabled", True),
        ("parts.desk.settings", {"KLUISJE_DESK_ENVIRONMENT": "production"}),
    ),
    "the portal alone": _changed(
        *((f"parts.{part}.enabled", False) for part in ("vault", "consent", "gateway", "chatbot")),
        ("migrations.enabled", False),
        ("parts.portal.replicas", 1),
    ),
}


def _tool(name: str, *arguments: str) -> Iterator[str]:
    done = subprocess.run((str(BIN / name), *arguments), cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        yield f"{name}: {done.stdout}{done.stderr}"


def _chart(case: str, values: dict[str, Any]) -> Iterator[str]:
    """What Helm and the schemas say of the chart with these values."""
    report = helm_python.lint(CHART, values, strict=True, quiet=True)
    yield from (f"{case}: {one['error']}" for one in report["messages"] if one["severity"] >= 2)
    rendered = helm_python.Chart.load(CHART).render(values, name="kluisje", namespace="kluisje")
    resources = [one for text in rendered.values() for one in yaml.safe_load_all(text) if one]
    for resource in resources:
        name = f"{case}: {resource['kind']} {resource['metadata']['name']}"
        for release in RELEASES if resource["kind"] not in NO_SCHEMA else ():
            try:
                kubernetes_validate.validate(resource, release, strict=True)
            except kubernetes_validate.ValidationError as error:
                yield f"{name} on {release}: {error.message}"
    yield from (f"{case}: {fault}" for fault in unconfined(resources))
    print(f"   {case}: {len(resources)} resources, each against {', '.join(RELEASES)}")


def unconfined(resources: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Pods that may do more than run, and pods that no network policy is about: what no schema asks."""
    policies = [one["spec"]["podSelector"]["matchLabels"] for one in resources if one["kind"] == "NetworkPolicy"]
    for one in resources:
        if one["kind"] not in ("Deployment", "Job"):
            continue
        name, template = f"{one['kind']} {one['metadata']['name']}", one["spec"]["template"]
        pod, labels = template["spec"], template["metadata"]["labels"]
        for container in (*pod.get("initContainers", ()), *pod["containers"]):
            may = container["securityContext"]
            if not may["readOnlyRootFilesystem"] or not may["runAsNonRoot"] or may["capabilities"] != {"drop": ["ALL"]}:
                yield f"{name}: {container['name']} may do more than run"
        if pod["automountServiceAccountToken"]:
            yield f"{name} holds a token of the cluster"
        if not any(policy.items() <= labels.items() for policy in policies):
            yield f"{name}: no network policy is about it"


def main() -> int:
    """Prints what is wrong; the number of faults is the exit code, at most 1."""
    logging.disable(logging.WARNING)
    faults = [*_tool("hadolint", "Dockerfile"), *_tool("compose-lint", "--fail-on", "medium", "docker-compose.yml")]
    for case, values in CASES.items():
        faults += _chart(case, values)
    if not list(_chart("a wrong value, that must be found", _changed(("parts.vault.replicas", "two")))):
        faults.append("the chart with a wrong value was found good: the checks do not check")
    print("\n".join(faults) or "hadolint, compose-lint, Helm and the schemas find nothing")
    return min(1, len(faults))


if __name__ == "__main__":
    sys.exit(main())
