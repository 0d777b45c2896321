//! `galatea explain`

use crate::{cli::Explain, failure::Failure, markdown, output};
use galatea::diagnostic::Code;
use std::process::ExitCode;

pub(super) fn run(args: &Explain) -> Result<ExitCode, Failure> {
    match &args.code {
        Some(text) => {
            let code = Code::parse(text).ok_or_else(|| unknown(text))?;
            output::text(&markdown::draw(code.explanation()));
        }
        None => Code::ALL.into_iter().for_each(|code| {
            output::line(&format!("{}  {}", output::styled(output::CODE, code.id()), code.title()));
        }),
    }
    Ok(ExitCode::SUCCESS)
}

fn unknown(text: &str) -> Failure {
    let ids: Vec<&str> = Code::ALL.iter().map(|code| code.id()).collect();
    let failure = Failure::new(format!("there is no code `{text}`"));
    let failure = match crate::failure::nearest(text, &ids) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None => failure,
    };
    failure.help("`galatea explain` lists them all")
}
