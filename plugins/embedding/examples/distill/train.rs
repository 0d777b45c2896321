//! Trains the rows so that the sum of a text's rows points where the model's vector of the text does.

use crate::{random::Random, tell};

/// A text as its rows, and where their sum shall point.
pub(crate) struct Lesson {
    pub(crate) rows: Vec<usize>,
    pub(crate) target: Vec<f32>,
}

/// How long and how fast.
pub(crate) struct Plan {
    pub(crate) rounds: usize,
    pub(crate) rate: f32,
}

/// Lessons between two steps.
const GROUP: usize = 128;

/// One lesson in so many is kept back, to see whether what is learnt holds elsewhere.
const KEPT_BACK: usize = 25;

/// Adam over the rows that a group of lessons touches; the loss is one less the cosine.
pub(crate) fn train(mut rows: Vec<Vec<f32>>, mut lessons: Vec<Lesson>, plan: &Plan) -> Vec<Vec<f32>> {
    let dimension = rows.first().map_or(0, Vec::len);
    let kept_back = lessons.split_off(lessons.len() - lessons.len() / KEPT_BACK);
    tell(&format!(
        "before: {:.4} kept back, {:.4} learnt",
        mean_cosine(&rows, &kept_back),
        mean_cosine(&rows, &lessons)
    ));
    let mut drift: Vec<Vec<f32>> = vec![vec![0.0; dimension]; rows.len()];
    let mut spread = drift.clone();
    let mut change = drift.clone();
    let mut steps = vec![0i32; rows.len()];
    let mut random = Random(11);
    for round in 0..plan.rounds {
        random.shuffle(&mut lessons);
        // The steps become smaller towards the end.
        let rate = plan.rate * (1.0 - round as f32 / plan.rounds as f32);
        for group in lessons.chunks(GROUP) {
            let mut touched: Vec<usize> = Vec::new();
            for lesson in group {
                let (slope, _) = slope(&rows, lesson);
                for row in &lesson.rows {
                    change[*row].iter_mut().zip(&slope).for_each(|(change, slope)| *change += slope);
                }
                touched.extend(&lesson.rows);
            }
            touched.sort_unstable();
            touched.dedup();
            for row in touched {
                steps[row] += 1;
                let (early, late) = (1.0 - 0.9f32.powi(steps[row]), 1.0 - 0.999f32.powi(steps[row]));
                for at in 0..dimension {
                    let slope = std::mem::take(&mut change[row][at]);
                    drift[row][at] = 0.9 * drift[row][at] + 0.1 * slope;
                    spread[row][at] = 0.999 * spread[row][at] + 0.001 * slope * slope;
                    rows[row][at] -=
                        rate * (drift[row][at] / early) / ((spread[row][at] / late).sqrt() + 1e-8);
                }
            }
        }
        let (back, learnt) = (mean_cosine(&rows, &kept_back), mean_cosine(&rows, &lessons));
        tell(&format!("round {}: {back:.4} kept back, {learnt:.4} learnt", round + 1));
    }
    rows
}

fn mean_cosine(rows: &[Vec<f32>], lessons: &[Lesson]) -> f32 {
    lessons.iter().map(|lesson| slope(rows, lesson).1).sum::<f32>() / lessons.len().max(1) as f32
}

/// In which direction each row of a lesson makes the loss grow, and the cosine.
fn slope(rows: &[Vec<f32>], lesson: &Lesson) -> (Vec<f32>, f32) {
    let mut sum = vec![0.0f32; lesson.target.len()];
    for row in &lesson.rows {
        sum.iter_mut().zip(&rows[*row]).for_each(|(sum, value)| *sum += value);
    }
    let length = |vector: &[f32]| vector.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-9);
    let (long, wanted) = (length(&sum), length(&lesson.target));
    let cosine =
        sum.iter().zip(&lesson.target).map(|(one, other)| one * other).sum::<f32>() / (long * wanted);
    let slope =
        sum.iter().zip(&lesson.target).map(|(is, shall)| (cosine * is / long - shall / wanted) / long);
    (slope.collect(), cosine)
}
