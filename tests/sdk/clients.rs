//! OpenAI's clients for Python and JavaScript, and that of elizaOS.

use super::support::{Program, node, python};

const CHATS: [&str; 6] = ["--name", "chats", "--role", "member", "--scope", "chat"];
const READS: [&str; 6] = ["--name", "reads", "--role", "member", "--scope", "read"];
const ALL: [&str; 6] = ["--name", "all", "--role", "owner", "--scope", "all"];

/// What a script says at its end.
#[track_caller]
fn shown(said: &str, least: u32) {
    let checks = said.lines().last().and_then(|line| line.strip_prefix("checks: ")?.parse::<u32>().ok());
    assert!(checks.is_some_and(|checks| checks >= least), "{said}");
}

#[test]
fn the_openai_client_for_python_works_unmodified() {
    let program = Program::start();
    let tokens =
        [("CHATS", program.token(&CHATS)), ("READS", program.token(&READS)), ("ALL", program.token(&ALL))];
    let tokens = tokens.each_ref().map(|(name, token)| (*name, token.as_str()));
    shown(&python("openai_client.py", &program, &tokens), 40);
}

#[test]
fn the_openai_client_for_javascript_works_unmodified() {
    let program = Program::start();
    let tokens =
        [("CHATS", program.token(&CHATS)), ("READS", program.token(&READS)), ("ALL", program.token(&ALL))];
    let tokens = tokens.each_ref().map(|(name, token)| (*name, token.as_str()));
    shown(&node("openai_client.mjs", &program, &tokens), 40);
}

#[test]
fn the_client_of_elizaos_works_unmodified() {
    let program = Program::start();
    let tokens = [("CHATS", program.token(&CHATS)), ("ALL", program.token(&ALL))];
    let tokens = tokens.each_ref().map(|(name, token)| (*name, token.as_str()));
    shown(&node("eliza_client.mjs", &program, &tokens), 40);
}
