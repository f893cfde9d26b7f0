"""KerasTuner's Hyperband, distributed over this machine."""

from typing import TYPE_CHECKING, Any

from keras_tuner_workers import distribute, is_started_by_distribute
from space import EVALUATIONS, SPACE, OneOf, Real, Whole, parse

if TYPE_CHECKING:
    import keras_tuner

# More than the time allows for.
ITERATIONS = 1000


def point(hp: "keras_tuner.HyperParameters") -> dict[str, Any]:
    """One point of the space."""
    return {name: _suggest(hp, name, domain) for name, domain in SPACE.items()}


def _suggest(
    hp: "keras_tuner.HyperParameters", name: str, domain: Whole | Real | OneOf
) -> int | float | str:
    match domain:
        case Whole(low, high, step):
            return hp.Int(name, low, high, step=step)
        case Real(low, high, log):
            return hp.Float(name, low, high, sampling="log" if log else "linear")
        case OneOf(options):
            return hp.Choice(name, list(options))


def search(seed: int) -> None:
    """Searches without end, as the chief or a worker."""
    import keras_quality
    import keras_tuner

    class Networks(keras_tuner.HyperModel):
        """Networks of the space, and how they are trained."""

        def build(self, hp: keras_tuner.HyperParameters) -> keras_quality.keras.Model:
            return keras_quality.build(point(hp))

        def fit(
            self, hp: keras_tuner.HyperParameters, model: keras_quality.keras.Model, **given: Any
        ) -> Any:
            metrics = keras_quality.fit(
                model,
                point(hp),
                given["callbacks"],
                epochs=given["epochs"],
                initial_epoch=given["initial_epoch"],
            )
            keras_quality.keeper().keep(model, point(hp), metrics["val_accuracy"])
            return metrics

    tuner = keras_tuner.Hyperband(
        Networks(),
        objective=keras_tuner.Objective("val_accuracy", "max"),
        max_epochs=EVALUATIONS,
        factor=3,
        hyperband_iterations=ITERATIONS,
        seed=seed,
        directory="keras_tuner",
        project_name="quality",
    )
    tuner.search(verbose=0)


def main() -> None:
    given = parse()
    if is_started_by_distribute():
        search(given.seed)
    else:
        distribute(given.jobs)


if __name__ == "__main__":
    main()
