"""Who answers which call: a call drawn by its weight, without a walk along all of them."""

from remodel_abm.kernel import kernel

# Rounding in a walk or a sum of n weights, each at most as large as their total, is at most n times
# half of 2^-52 of it; two of them and room to spare.
ROUNDING = 2.0**-50


@kernel
def add_up(weights, totals):
    """Write down what the first k weights come to, in `totals`, one longer; return the sum."""
    total = 0.0
    totals[0] = total
    for k in range(len(weights)):
        total += weights[k]
        totals[k + 1] = total
    return total


@kernel
def drawn(weights, totals, mark):
    """Return the call at which `mark`, from 0 to the sum of weights, is used up.

    As a walk that takes off one weight after the other finds it; so near to the end of a call that
    rounding decides, it is that walk.
    """
    low, high = 0, len(weights) - 1
    while low < high:
        middle = (low + high) // 2
        if mark < totals[middle + 1]:
            high = middle
        else:
            low = middle + 1
    slack = len(weights) * totals[len(weights)] * ROUNDING
    clear_below = low == 0 or mark - totals[low] > slack
    if clear_below and (low == len(weights) - 1 or totals[low + 1] - mark > slack):
        return low
    return walked(weights, mark)


@kernel
def walked(weights, mark):
    """Return the call at which `mark` is used up, weight by weight."""
    k = 0
    while k < len(weights) - 1 and mark >= weights[k]:
        mark -= weights[k]
        k += 1
    return k
