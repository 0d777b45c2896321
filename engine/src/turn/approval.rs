//! An action that waits for a person: what is asked, what is answered, and what is kept of the turn meanwhile.

use crate::{
    memory::Role,
    model::{Line, ToolCall},
    text::duration,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::time::Duration;
use uuid::Uuid;

/// What a person says to an action that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Run it.
    Allow,
    /// Do not run it.
    Deny,
}

/// What became of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ruling {
    /// The action was allowed.
    Granted,
    /// The action was not allowed.
    Denied,
    /// Nobody answered in time, so it was not allowed.
    Expired,
}

impl Ruling {
    /// The name, e.g. `granted`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Denied => "denied",
            Self::Expired => "expired",
        }
    }
}

impl From<Answer> for Ruling {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Allow => Self::Granted,
            Answer::Deny => Self::Denied,
        }
    }
}

/// The answer to a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Answered {
    /// What was answered.
    pub ruling: Ruling,
    /// Who answered; `None` for the program that runs the agent, and where nobody did.
    pub by: Option<Uuid>,
    /// The name of who answered, for people; empty where nobody did.
    pub name: String,
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
}

/// An action that a person must allow: what is asked, and the answer once there is one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Approval {
    /// Identifies it; the id of the agent's message that asks the question.
    pub id: Uuid,
    /// The run that waits.
    pub run: Uuid,
    /// Its room.
    pub room: Uuid,
    /// The message that the run is about.
    pub message: Uuid,
    /// The action.
    pub action: String,
    /// The arguments that it will be run with.
    pub arguments: Map<String, Value>,
    /// Its place in the plan, from 1.
    pub step: usize,
    /// When it was asked.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub asked_at: Timestamp,
    /// Until when an answer counts.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub expires_at: Timestamp,
    /// The roles that may answer, or higher ones; empty lets everybody.
    #[serde(default)]
    pub by: Vec<Role>,
    /// The answer; `None` while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<Answered>,
    /// The message that answered it in the room; `None` while it waits, and for an answer that came otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_in: Option<Uuid>,
}

impl Approval {
    /// How long an answer is waited for.
    #[must_use]
    pub fn wait(&self) -> Duration {
        Duration::try_from(self.expires_at.duration_since(self.asked_at)).unwrap_or_default()
    }

    /// Whether somebody of this role may answer.
    #[must_use]
    pub fn may_be_answered_by(&self, role: Role) -> bool {
        self.by.is_empty() || self.by.iter().any(|wanted| role >= *wanted)
    }

    /// The question as it is said in the room.
    #[must_use]
    pub fn question(&self) -> String {
        let arguments: Vec<String> =
            self.arguments.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let with =
            if arguments.is_empty() { String::new() } else { format!(" with {}", arguments.join(", ")) };
        let who = match self.who().as_str() {
            "" => "Say yes or no".to_owned(),
            who => format!("{who} must say yes or no"),
        };
        format!("May I run {}{with}? {who}; I wait {}.", self.action, duration::format(self.wait()))
    }

    /// Who may answer, in words; empty for everybody.
    #[must_use]
    pub fn who(&self) -> String {
        // The lowest one includes the others.
        self.by
            .iter()
            .min()
            .map(|role| match role {
                Role::Owner => "An owner".to_owned(),
                Role::Admin => "An admin".to_owned(),
                Role::Member => "A member".to_owned(),
                Role::Guest => String::new(),
            })
            .unwrap_or_default()
    }

    /// Why the action is not run, if it is not.
    pub(super) fn refusal(&self) -> Option<String> {
        let answered = self.answered.as_ref()?;
        match answered.ruling {
            Ruling::Granted => None,
            Ruling::Denied => Some(format!("{} was not allowed by {}", self.action, answered.name)),
            Ruling::Expired => Some(format!(
                "{} was not allowed: nobody answered within {}",
                self.action,
                duration::format(self.wait())
            )),
        }
    }
}

/// Where the loop of deciding and acting goes on: after a person was asked, or in the next process. What the steps
/// gave stands in the record and in the journal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
pub struct Suspended {
    /// How often the model has decided and acted before.
    pub pass: u32,
    /// What came of those passes, as the model sees it.
    #[schemars(with = "Vec<Map<String, Value>>")]
    pub lines: Vec<Line>,
    /// What the model said in this pass.
    pub text: String,
    /// What it wants done in this pass, in order, also what is done already.
    pub calls: Vec<ToolCall>,
    /// A call of this pass named no action, or its arguments did not fit.
    pub mistaken: bool,
    /// An action of this pass said something itself.
    pub aloud: bool,
    /// The turns of the model that were mistaken before.
    pub mistakes: u32,
    /// The providers that the model asked for by name.
    pub providers: Vec<String>,
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_question_names_action_arguments_who_and_how_long() {
        let arguments = json!({ "to": "Bob", "amount": 3 });
        for (by, arguments, wanted) in [
            (vec![], json!({}), "May I run PAY? Say yes or no; I wait 1h."),
            (vec![], arguments.clone(), "May I run PAY with to=\"Bob\", amount=3? Say yes or no; I wait 1h."),
            (vec![Role::Admin], json!({}), "May I run PAY? An admin must say yes or no; I wait 1h."),
            (
                vec![Role::Owner, Role::Member],
                json!({}),
                "May I run PAY? A member must say yes or no; I wait 1h.",
            ),
        ] {
            let approval = Approval {
                id: Uuid::nil(),
                run: Uuid::nil(),
                room: Uuid::nil(),
                message: Uuid::nil(),
                action: "PAY".to_owned(),
                arguments: arguments.as_object().cloned().unwrap(),
                step: 1,
                asked_at: Timestamp::UNIX_EPOCH,
                expires_at: "1970-01-01T01:00:00Z".parse().unwrap(),
                by,
                answered: None,
                answered_in: None,
            };
            assert_eq!(approval.question(), wanted);
        }
    }
}
