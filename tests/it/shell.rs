//! What fleetcast gives shells and `man`.

use super::home::Home;

#[test]
fn every_shell_gets_a_script_that_knows_the_commands() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = home.run_well(&["completions", shell]).out;
        for word in ["fleetcast", "sweep", "replications", "no-charts"] {
            assert!(script.contains(word), "{shell} knows no {word}");
        }
    }
    let said = home.run(&["completions", "tcsh"]);
    assert_eq!(said.code, Some(2), "{}", said.err);
}

#[test]
fn every_command_has_a_man_page() {
    let home = Home::new();
    let page = home.run_well(&["man"]).out;
    assert!(page.contains(".TH fleetcast 1"), "{page}");
    home.run_well(&["man", "--out", "man1"]);
    let names = home.names("man1");
    let commands = home.run_well(&["--help"]).out;
    let listed = commands
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1);
    let listed: Vec<&str> = listed
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty())
        .collect();
    assert!(20 < listed.len(), "{listed:?}");
    for command in listed {
        let page = format!("fleetcast-{command}.1");
        assert!(names.contains(&page), "{page} is missing: {names:?}");
    }
    let sweep = std::fs::read_to_string(home.path("man1/fleetcast-sweep.1")).unwrap();
    assert!(sweep.contains("Examples:"), "{sweep}");
}
