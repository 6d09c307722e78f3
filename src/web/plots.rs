//! Plots as SVG, made here from numbers. Colours come from the style sheet by class; every plot has its table beside it.

/// Width of a plot in its own units.
pub const WIDTH: f64 = 640.0;
/// Height of a plot.
pub const HEIGHT: f64 = 180.0;
const LEFT: f64 = 36.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 22.0;

/// A rectangle.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Style class of its series.
    pub class: &'static str,
    /// Left edge.
    pub x: String,
    /// Upper edge.
    pub y: String,
    /// Width.
    pub width: String,
    /// Height.
    pub height: String,
}

/// A line of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Style class of its series.
    pub class: &'static str,
    /// Paths as `points` of a polyline; broken where a value is missing.
    pub paths: Vec<String>,
    /// The points themselves: x, y.
    pub dots: Vec<(String, String)>,
}

/// A word or number at a place.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Place on its axis.
    pub at: String,
    /// What stands there.
    pub text: String,
}

/// A plot over days.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plot {
    /// Rectangles.
    pub bars: Vec<Bar>,
    /// Lines.
    pub lines: Vec<Line>,
    /// Along the bottom.
    pub days: Vec<Tick>,
    /// Along the left.
    pub levels: Vec<Tick>,
}

fn number(value: f64) -> String {
    format!("{value:.1}")
}

/// Bars of several series stacked on each other, one a day. `series` gives class and values, the lowest first.
pub fn stacked(days: &[String], series: &[(&'static str, Vec<f64>)]) -> Plot {
    let sum = |at: usize| series.iter().map(|(_, values)| values[at]).sum::<f64>();
    let most = nice((0..days.len()).map(sum).fold(0.0, f64::max));
    let step = (WIDTH - LEFT - RIGHT) / days.len().max(1) as f64;
    let scale = (HEIGHT - TOP - BOTTOM) / most;
    let mut bars = Vec::new();
    for at in 0..days.len() {
        let mut base = HEIGHT - BOTTOM;
        for (class, values) in series {
            let height = values[at] * scale;
            base -= height;
            if height > 0.0 {
                bars.push(Bar {
                    class,
                    x: number(LEFT + step * (at as f64 + 0.15)),
                    y: number(base),
                    width: number(step * 0.7),
                    height: number(height),
                });
            }
        }
    }
    Plot {
        bars,
        lines: Vec::new(),
        days: day_ticks(days),
        levels: levels(most, |level| format!("{level:.0}")),
    }
}

/// Shares from 0 to 1 by day, a line a series.
pub fn shares(days: &[String], series: &[(&'static str, Vec<Option<f64>>)]) -> Plot {
    let step = (WIDTH - LEFT - RIGHT) / days.len().max(1) as f64;
    let line = |(class, values): &(&'static str, Vec<Option<f64>>)| {
        let point = |at: usize, share: f64| {
            (
                LEFT + step * (at as f64 + 0.5),
                HEIGHT - BOTTOM - share.clamp(0.0, 1.0) * (HEIGHT - TOP - BOTTOM),
            )
        };
        let points: Vec<Option<(f64, f64)>> =
            values.iter().enumerate().map(|(at, share)| share.map(|share| point(at, share))).collect();
        let paths = points.split(Option::is_none).filter(|run| run.len() > 1).map(|run| {
            run.iter().flatten().map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ")
        });
        let dots = points.iter().flatten().map(|(x, y)| (number(*x), number(*y))).collect();
        Line { class, paths: paths.collect(), dots }
    };
    Plot {
        bars: Vec::new(),
        lines: series.iter().map(line).collect(),
        days: day_ticks(days),
        levels: levels(1.0, |level| format!("{:.0}%", level * 100.0)),
    }
}

/// At most ten days are named.
fn day_ticks(days: &[String]) -> Vec<Tick> {
    let step = (WIDTH - LEFT - RIGHT) / days.len().max(1) as f64;
    let every = days.len().div_ceil(10).max(1);
    let tick =
        |(at, day): (usize, &String)| Tick { at: number(LEFT + step * (at as f64 + 0.5)), text: day.clone() };
    days.iter().enumerate().step_by(every).map(tick).collect()
}

fn levels(most: f64, text: impl Fn(f64) -> String) -> Vec<Tick> {
    let level = |part: f64| Tick {
        at: number(HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM)),
        text: text(most * part),
    };
    [0.0, 0.5, 1.0].map(level).into()
}

/// The next even number of a round size, so that the middle level is whole.
fn nice(most: f64) -> f64 {
    let size = 10f64.powf(most.max(1.0).log10().floor());
    let round = (most / size).ceil().max(1.0) * size;
    if round % 2.0 == 0.0 { round } else { round + 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacked_bars_fill_the_height_of_the_greatest_day() {
        let days = ["1".to_owned(), "2".to_owned()];
        let plot = stacked(&days, &[("a", vec![10.0, 5.0]), ("b", vec![10.0, 0.0])]);
        assert_eq!(plot.bars.len(), 3, "nothing is drawn for zero");
        assert_eq!(plot.levels[2].text, "20");
        assert_eq!((plot.bars[1].y.as_str(), plot.bars[1].height.as_str()), ("10.0", "74.0"));
    }

    #[test]
    fn a_line_breaks_where_there_is_no_value() {
        let days: Vec<String> = (1..=5).map(|day| day.to_string()).collect();
        let plot = shares(&days, &[("a", vec![Some(1.0), Some(0.5), None, Some(0.2), Some(0.1)])]);
        assert_eq!((plot.lines[0].paths.len(), plot.lines[0].dots.len()), (2, 4));
    }

    #[test]
    fn no_days_give_an_empty_plot() {
        assert!(stacked(&[], &[("a", vec![])]).bars.is_empty());
    }
}
