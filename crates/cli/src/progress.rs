//! Showing how far Promotions are: moving lines on a terminal, plain lines otherwise.

use std::time::Duration;

use api::{Promotion, PromotionPhase, PromotionStepStatus, StepExecutionMetadata};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::console::Console;

const TICK: Duration = Duration::from_millis(120);

/// The lines of all Promotions that are waited for.
pub(crate) struct Screen {
    bars: Option<MultiProgress>,
}

/// The line of one Promotion.
pub(crate) struct Line<'a> {
    screen: &'a Screen,
    console: &'a Console,
    bar: Option<ProgressBar>,
    label: String,
    seen: Seen,
}

/// What was already told about a Promotion.
#[derive(Default)]
struct Seen {
    phase: Option<PromotionPhase>,
    steps: Vec<Option<PromotionStepStatus>>,
}

impl Screen {
    pub(crate) fn new(console: &Console) -> Self {
        Self { bars: console.is_terminal.then(MultiProgress::new) }
    }

    /// Adds the line of one Promotion.
    pub(crate) fn line<'a>(&'a self, console: &'a Console, label: &str) -> Line<'a> {
        let bar = self.bars.as_ref().map(|bars| {
            let bar = bars.add(ProgressBar::new_spinner());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}  {msg} ({elapsed})")
            {
                bar.set_style(style);
            }
            bar.set_prefix(label.to_owned());
            bar.enable_steady_tick(TICK);
            bar
        });
        Line { screen: self, console, bar, label: label.to_owned(), seen: Seen::default() }
    }
}

impl Line<'_> {
    /// Shows what is new.
    pub(crate) fn show(&mut self, promotion: &Promotion) {
        for news in self.seen.news(promotion) {
            let text = format!("{}  {news}", self.label);
            let printed = self.screen.bars.as_ref().map(|bars| bars.println(&text));
            if !matches!(printed, Some(Ok(()))) {
                self.console.remark(&text);
            }
        }
        if let Some(bar) = &self.bar {
            bar.set_message(summary(promotion));
        }
    }

    /// Takes the moving line away.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Seen {
    /// What changed since the last look, a line for each change.
    fn news(&mut self, promotion: &Promotion) -> Vec<String> {
        let mut news = Vec::new();
        let Some(status) = &promotion.status else { return news };
        if status.phase != self.phase {
            self.phase.clone_from(&status.phase);
            match &status.phase {
                Some(phase) if !phase.is_terminal() => news.push(phase.to_string().to_lowercase()),
                _ => {}
            }
        }
        let count = promotion.spec.steps.len();
        self.steps.resize(count.max(status.step_execution_metadata.len()), None);
        for (index, step) in status.step_execution_metadata.iter().enumerate() {
            if self.steps[index] != step.status {
                self.steps[index].clone_from(&step.status);
                news.push(format!("[{}/{count}] {}", index + 1, tell(promotion, index, step)));
            }
        }
        news
    }
}

/// `git-clone (clone) succeeded in 1.2s: message`.
fn tell(promotion: &Promotion, index: usize, step: &StepExecutionMetadata) -> String {
    let mut text = name(promotion, index);
    if let Some(status) = &step.status {
        text.push(' ');
        text.push_str(&status.to_string().to_lowercase());
        if status.is_terminal()
            && let (Some(start), Some(end)) = (&step.started_at, &step.finished_at)
        {
            let seconds = end.0.as_second() - start.0.as_second();
            text.push_str(&format!(" in {}", crate::table::age(seconds)));
        }
    }
    if let Some(message) = step.message.as_deref().filter(|message| !message.is_empty()) {
        text.push_str(&format!(": {message}"));
    }
    text
}

fn name(promotion: &Promotion, index: usize) -> String {
    let step = promotion.spec.steps.get(index);
    let uses = step.and_then(|step| step.uses.as_deref()).unwrap_or("step");
    match step.and_then(|step| step.r#as.as_deref()) {
        Some(alias) => format!("{uses} ({alias})"),
        None => uses.to_owned(),
    }
}

fn summary(promotion: &Promotion) -> String {
    let Some(status) = &promotion.status else { return "waiting".to_owned() };
    let steps = promotion.spec.steps.len();
    let current = status.current_step.and_then(|step| usize::try_from(step).ok()).unwrap_or(0);
    match &status.phase {
        Some(PromotionPhase::Running) if current < steps => {
            format!("{} of {steps}: {}", current + 1, name(promotion, current))
        }
        Some(phase) => phase.to_string().to_lowercase(),
        None => "waiting".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn promotion(phase: &str, steps: serde_json::Value) -> Promotion {
        serde_json::from_value(json!({
            "metadata": { "name": "p" },
            "spec": { "stage": "test", "freight": "f", "steps": [
                { "uses": "git-clone", "as": "clone" }, { "uses": "git-push" },
            ] },
            "status": { "phase": phase, "currentStep": 1, "stepExecutionMetadata": steps },
        }))
        .unwrap()
    }

    #[test]
    fn each_change_is_told_once() {
        let mut seen = Seen::default();
        assert_eq!(seen.news(&promotion("Pending", json!([]))), ["pending"]);
        assert_eq!(seen.news(&promotion("Pending", json!([]))), Vec::<String>::new());
        let running = promotion("Running", json!([{ "alias": "clone", "status": "Running" }]));
        assert_eq!(seen.news(&running), ["running", "[1/2] git-clone (clone) running"]);
        let failed = promotion(
            "Failed",
            json!([
                { "status": "Succeeded", "startedAt": "2026-01-02T03:04:05Z", "finishedAt": "2026-01-02T03:04:07Z" },
                { "status": "Failed", "message": "rejected" },
            ]),
        );
        assert_eq!(
            seen.news(&failed),
            ["[1/2] git-clone (clone) succeeded in 2s", "[2/2] git-push failed: rejected"]
        );
        assert_eq!(summary(&running), "2 of 2: git-push");
    }
}
