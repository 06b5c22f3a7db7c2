"""The translation task: one plan, told in English and in French."""

import random
from dataclasses import dataclass, replace

from world_render import capital, circumstance, clause, clause_french, opening, opening_french
from world_scene import Remark, Scene


@dataclass(frozen=True, slots=True)
class Plan:
    shape: str  # "opening": two sentences; "who came": a relative clause; "fronted": the circumstance comes first
    fronted: bool  # of an opening: the circumstance comes first there too
    first: Remark
    second: Remark  # of the other shapes

    @property
    def agreeing(self) -> bool:
        """Whether "and" fits better than "but"."""
        return self.second.positive == self.first.positive


def sample_plan(scene: Scene, rng: random.Random) -> Plan:
    shape, (first, second) = rng.choice(("opening", "who came", "fronted")), rng.sample(scene.remarks, 2)
    return Plan(shape, rng.random() < 0.3, first, second)


def english(plan: Plan, scene: Scene) -> str:
    if plan.shape == "opening":
        return f"{opening(scene, plan.fronted)} {capital(clause(plan.first, scene))}."
    if plan.shape == "who came":
        who = f"{scene.name}, who came {circumstance(scene)},"
    else:
        who = f"{capital(circumstance(scene))}, {scene.name}"
    link = "and" if plan.agreeing else "but"
    return f"{clause(_personal(plan.first), scene, who)}, {link} {clause(plan.second, scene)}."


def french(plan: Plan, scene: Scene, found: str) -> str:
    """`found` is the verb for "found": "a trouvé" or, just as good, "a jugé"."""
    if plan.shape == "opening":
        return f"{opening_french(scene, plan.fronted)} {capital(clause_french(plan.first, scene, None, found))}."
    if plan.shape == "who came":
        came = "est venue" if scene.cell.gender == "female" else "est venu"
        who = f"{scene.name}, qui {came} {scene.circumstance.french},"
    else:
        who = f"{capital(scene.circumstance.french)}, {scene.name}"
    link = "et" if plan.agreeing else "mais"
    second = clause_french(plan.second, scene, None, found)
    return f"{clause_french(_personal(plan.first), scene, who, found)}, {link} {second}."


def _personal(remark: Remark) -> Remark:
    """The remark in a form whose subject is the reviewer."""
    forms = {"copula": "found", "negated": "feeling"}
    return replace(remark, form=forms.get(remark.form, remark.form))
