//! What of many things it takes.

/// The items without any one of which it does not hold any more, in their order.
///
/// It takes away ever smaller parts of what is left, as in Zeller and Hildebrandt's delta debugging
/// (IEEE Transactions on Software Engineering 28, 2002), of which this is the half that tries
/// complements: first all, then halves, at last one by one until none of them goes.
pub fn reduce<T: Clone>(items: &[T], mut holds: impl FnMut(&[T]) -> bool) -> Vec<T> {
    let mut left = items.to_vec();
    let mut part = left.len();
    while part > 0 {
        let before = left.len();
        let mut place = 0;
        while place < left.len() {
            let end = (place + part).min(left.len());
            let fewer = [&left[..place], &left[end..]].concat();
            if holds(&fewer) {
                left = fewer;
            } else {
                place = end;
            }
        }
        // What was needed beside something may not be needed without it.
        let again = part == 1 && left.len() < before;
        part = if again { 1 } else { part / 2 };
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(wanted: &'static [u32]) -> impl Fn(&[u32]) -> bool {
        move |items| wanted.iter().all(|one| items.contains(one))
    }

    #[test]
    fn what_is_needed_stays_in_its_order_wherever_it_stands() {
        let items: Vec<u32> = (0..100).collect();
        for wanted in [&[][..], &[0], &[99], &[17, 18], &[3, 50, 51, 97]] {
            assert_eq!(reduce(&items, needs(wanted)), wanted);
        }
    }

    #[test]
    fn nothing_that_is_left_can_go_by_itself() {
        // Either of two, and 5 only for as long as 9 is there.
        let holds = |items: &[u32]| {
            (items.contains(&2) || items.contains(&7)) && items.contains(&9) <= items.contains(&5)
        };
        let left = reduce(&(0..12).collect::<Vec<_>>(), holds);
        assert!(holds(&left));
        for place in 0..left.len() {
            let mut fewer = left.clone();
            fewer.remove(place);
            assert!(!holds(&fewer), "{left:?} without its {place}");
        }
    }

    #[test]
    fn a_few_of_a_thousand_are_found_in_few_attempts() {
        let mut attempts = 0;
        let left = reduce(&(0..1_000).collect::<Vec<u32>>(), |items| {
            attempts += 1;
            needs(&[111, 512, 900])(items)
        });
        assert_eq!(left, [111, 512, 900]);
        assert!(attempts < 100, "{attempts}");
    }
}
