//! Help texts and what is said of a line that cannot be understood.

use super::support::Folder;

#[test]
fn every_command_explains_itself() {
    let folder = Folder::new();
    let long: [&[&str]; 23] = [
        &["--help"],
        &["chat", "--help"],
        &["check", "--help"],
        &["plan", "--help"],
        &["graph", "--help"],
        &["schema", "--help"],
        &["plugins", "--help"],
        &["routes", "--help"],
        &["explain", "--help"],
        &["scores", "--help"],
        &["run", "--help"],
        &["test", "--help"],
        &["import", "--help"],
        &["export", "--help"],
        &["tasks", "--help"],
        &["db", "--help"],
        &["db", "erase", "--help"],
        &["search", "--help"],
        &["knowledge", "--help"],
        &["knowledge", "add", "--help"],
        &["new", "--help"],
        &["new", "agent", "--help"],
        &["new", "action", "--help"],
    ];
    let texts =
        long.iter().map(|args| format!("$ galatea {}\n{}\n", args.join(" "), folder.run(args).fine()));
    insta::assert_snapshot!(texts.collect::<String>());
}

#[test]
fn what_is_not_understood_ends_with_2() {
    for args in [&["chta"][..], &["graph", "--format", "png"], &["schema", "--check", "x", "-o", "y"]] {
        assert_eq!(Folder::new().run(args).code, Some(2), "{args:?}");
    }
}

#[test]
fn unknown_names_get_a_near_one() {
    let folder = Folder::new();
    for (args, near) in [
        (["chat", "adda"], "help: did you mean `ada`?"),
        (["plan", "elisa"], "help: did you mean `eliza`?"),
        (["plugins", "wether"], "help: did you mean `weather`?"),
        (["explain", "GAL0077"], "help: did you mean `GAL0007`?"),
    ] {
        let ran = folder.run(&args);
        assert_eq!(ran.code, Some(1), "{}", ran.all());
        assert!(ran.out.is_empty() && ran.err.contains(near), "{}", ran.all());
    }
}
