//! Which object of one side is which of the other: by name, then by content.

/// Two lists matched up.
pub(super) struct Matched<'a, T> {
    /// On both sides, in the order of the expected ones.
    pub pairs: Vec<(&'a T, &'a T)>,
    /// Expected alone.
    pub lost: Vec<&'a T>,
    /// Actual alone.
    pub extra: Vec<&'a T>,
}

/// Matches by the first rule, and what is left over by the second.
pub(super) fn match_up<'a, T>(
    expected: &'a [T],
    actual: &'a [T],
    first: impl Fn(&T, &T) -> bool,
    second: impl Fn(&T, &T) -> bool,
) -> Matched<'a, T> {
    let mut free: Vec<Option<&T>> = actual.iter().map(Some).collect();
    let mut take = |rule: &dyn Fn(&T, &T) -> bool, wanted: &T| {
        free.iter_mut()
            .find(|slot| slot.is_some_and(|other| rule(wanted, other)))
            .and_then(Option::take)
    };
    let mut found: Vec<Option<&T>> = expected.iter().map(|item| take(&first, item)).collect();
    for (slot, item) in found.iter_mut().zip(expected) {
        if slot.is_none() {
            *slot = take(&second, item);
        }
    }
    let mut out = Matched {
        pairs: Vec::new(),
        lost: Vec::new(),
        extra: Vec::new(),
    };
    for (item, other) in expected.iter().zip(found) {
        match other {
            Some(other) => out.pairs.push((item, other)),
            None => out.lost.push(item),
        }
    }
    out.extra.extend(free.into_iter().flatten());
    out
}

/// A list without what repeats an earlier item: a constraint that is said twice says no more than once.
pub(super) fn distinct<T: Clone>(list: &[T], same: impl Fn(&T, &T) -> bool) -> Vec<T> {
    let mut out: Vec<T> = Vec::with_capacity(list.len());
    for item in list {
        if !out.iter().any(|earlier| same(earlier, item)) {
            out.push(item.clone());
        }
    }
    out
}
