//! What is true of every graph of plugins.

use crate::support::{Made, plugin, registry};
use galatea::plan::{Link, Options, Problem, Selected, Step, resolve, verify};
use proptest::prelude::*;
use std::collections::BTreeSet;

const COUNT: usize = 12;

/// For each plugin its priority, and whom it requires or can use.
type Drawn = Vec<(i32, Vec<usize>, Vec<usize>)>;

fn drawn() -> impl Strategy<Value = Drawn> {
    let others = || prop::collection::vec(0..COUNT, 0..3);
    prop::collection::vec((-1..2, others(), others()), COUNT)
}

fn name(number: usize) -> String {
    format!("p{number:02}")
}

fn made(drawn: &Drawn) -> Vec<Made> {
    let made = |(number, (priority, required, optional)): (usize, &(i32, Vec<usize>, Vec<usize>))| {
        let base = plugin(&name(number)).priority(*priority);
        let base = required.iter().fold(base, |made, other| made.requires(&[&name(*other)]));
        optional.iter().fold(base, |made, other| made.optional(&name(*other)))
    };
    drawn.iter().enumerate().map(made).collect()
}

/// The same without circles: everybody needs smaller numbers only.
fn acyclic(mut drawn: Drawn) -> Drawn {
    for (number, (_, required, optional)) in drawn.iter_mut().enumerate() {
        required.retain(|other| *other < number);
        optional.retain(|other| *other < number);
    }
    drawn
}

fn run(plugins: &[Made]) -> Result<Vec<Step>, Vec<Problem>> {
    let names: Vec<String> = (0..plugins.len()).map(name).collect();
    let selected: Vec<Selected<'_>> = names.iter().map(|name| Selected::new(name)).collect();
    resolve(&registry(plugins), &selected, &Options::default())
}

proptest! {
    #[test]
    fn an_order_is_proved_and_the_next_is_always_the_best(drawn in drawn().prop_map(acyclic), seed in any::<u64>()) {
        let plugins = made(&drawn);
        let steps = run(&plugins).unwrap();
        let order: Vec<_> = steps.iter().map(|step| step.plugin).collect();
        verify(&order);
        let mut loaded = BTreeSet::new();
        for (at, step) in steps.iter().enumerate() {
            prop_assert!(step.needs.iter().all(|(needed, _)| loaded.contains(needed)));
            let free = steps[at..].iter().filter(|other| other.needs.iter().all(|(needed, _)| loaded.contains(needed)));
            let best = free.min_by_key(|other| (-other.plugin.priority, other.plugin.name)).unwrap();
            prop_assert_eq!(best.plugin.name, step.plugin.name);
            loaded.insert(step.plugin.name);
        }
        let mut shuffled = plugins;
        let turn = usize::try_from(seed % 12).unwrap();
        shuffled.rotate_left(turn);
        shuffled.swap(0, turn);
        let names = |steps: &[Step]| steps.iter().map(|step| (step.plugin.name, step.why.clone())).collect::<Vec<_>>();
        prop_assert_eq!(names(&run(&shuffled).unwrap()), names(&steps));
    }

    #[test]
    fn a_circle_is_found_and_is_one(drawn in drawn()) {
        let plugins = made(&drawn);
        let has_circle = has_circle(&drawn);
        match run(&plugins) {
            Ok(_) => prop_assert!(!has_circle),
            Err(problems) => {
                prop_assert!(has_circle);
                let mut met = BTreeSet::new();
                for problem in problems {
                    let Problem::Cycle { path } = problem else { panic!("{problem:?}") };
                    for (edge, next) in path.iter().zip(path.iter().cycle().skip(1)) {
                        prop_assert_eq!(edge.to, next.from);
                        let number = |name: &str| name[1..].parse::<usize>().unwrap();
                        let (_, required, optional) = &drawn[number(edge.from)];
                        let others = if edge.link == Link::Required { required } else { optional };
                        prop_assert!(others.contains(&number(edge.to)));
                        prop_assert!(met.insert(edge.from), "{} stands in two circles", edge.from);
                    }
                }
            }
        }
    }
}

/// Takes away plugins that need nothing of what is left, until nothing changes.
fn has_circle(drawn: &Drawn) -> bool {
    let mut left: BTreeSet<usize> = (0..drawn.len()).collect();
    while let Some(free) = left.iter().copied().find(|number| {
        let (_, required, optional) = &drawn[*number];
        required.iter().chain(optional).all(|other| !left.contains(other))
    }) {
        left.remove(&free);
    }
    !left.is_empty()
}
