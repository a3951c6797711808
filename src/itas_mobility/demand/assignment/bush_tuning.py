"""How the bush-based solver shares its time among its steps: it changes the way to the equilibrium, not the result."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tuning:
    """Numbers found by measuring on the standard networks; results agree whatever they are, up to the gap."""

    max_passes: int = 100
    """Most passes of balancing before bushes are improved again."""
    passes_between_looks: int = 10
    """Passes of balancing between two looks at the clock."""
    left_excess: float = 0.05
    """Share of the excess cost at which balancing stops: what is left is small beside what better bushes can gain."""
    busy: float = 0.3
    """Bushes with less excess cost than this share of the mean are passed over in a pass."""
    slow: float = 0.5
    """Where two rounds in a row leave more than this share of the excess cost, shifts at one merge after the other undo
    each other, and Newton's method is used. On ordinary networks a round leaves a tenth, and passes cost less."""
    slow_if_small: float = 0.3
    """The same, for a single round or some passes of it, where Newton's method costs little."""
    small_cores: int = 1000
    """Links in all cores up to which a step of Newton's method costs no more than some passes."""
    longest_wait: int = 8
    """Most rounds that Newton's method waits after it has not helped."""
    newton_steps: int = 5
    """Most steps of Newton's method in a row; a full step, which empties no link, ends them."""
    nearly_full: float = 0.9
    """Length of a step of Newton's method from which on it counts as full."""
    holds: int = 20
    """How often the first of them may hold links that are next to empty."""
    least_stiffness: float = 1e-12
    """Slope that Newton's method gives to links of constant cost, as share of mean cost by mean volume."""
    empty: float = 1e-12
    """Share of a bush's demand up to which a link's flow counts as none: above the rounding of 1e-16 that each of some
    thousand shifts between two reloads leaves behind, so that no way is kept for what is not there."""
    enough: float = 0.02
    """Share of the mean excess cost of the round before up to which a bush is not improved: a round leaves a tenth."""
    few: float = 0.25
    """Share of the bushes that may be improved on their own, until the others are looked at again."""
    slack: int = 4
    """A bush's slot is by 1/4 larger than the bush, so that it need not move when links join."""
    first_room: int = 1_000_000
    """Links (20 MB) for which there is room at a time when bushes are made, whose size is not known beforehand."""
    links_per_thread: int = 5000
    """Links whose costs are worth a thread of their own."""
    first_loads: int = 4
    """Parts of the demand when first ways are sought: each meets the costs that those before it have caused."""


TUNING = Tuning()
