//! A variable's value is in no message, wherever the problem is.

use super::{parse, resolve};

const CANARY: &str = "canary-6b1f";

#[test]
fn no_message_shows_the_value_of_a_variable() {
    for text in [
        // Wrong in the variables themselves.
        "[function]\nvariables = { TOKEN = [\"$\"] }",
        "[function]\nvariables = { \"A-B\" = \"$\" }",
        "[function]\nvariables = { AWS_REGION = \"$\" }",
        "[function]\nvariables = \"TOKEN=$\"",
        "[function]\nvariables = [\"TOKEN=$\"]",
        "[function]\nvariables = [{ TOKEN = \"$\" }]",
        "[function.variables]\nTOKEN = { nested = \"$\" }",
        "[function]\nvariables.TOKEN = [\n  1,\n  \"$\",\n]",
        // Wrong beside them, on the same line.
        "function = { variables = { TOKEN = \"$\" }, memory = 1 }",
        "function = { memory = 1, variables = { TOKEN = \"$\" } }",
        "function = { variables = { TOKEN = '''\n$\n''' }, memory = 1 }",
        "function = [{ variables = { TOKEN = \"$\" } }]",
        // Misspelt.
        "[function]\nvaraibles = { TOKEN = \"$\" }",
        "[function]\nvaraibles.TOKEN = \"$\"",
        "[functoin]\nvariables = { TOKEN = \"$\" }",
        "[function]\nTOKEN = \"$\"",
        "[functions]\nTOKEN = \"$\"",
        "[env]\nTOKEN = \"$\"",
        "[function]\nTOKEN = 1 # was \"$\"",
        // Not TOML.
        "[function]\nvariables = { TOKEN = \"$ }",
        "[function]\nvariables = { TOKEN = $ }",
        "[function.variables]\nTOKEN = \"\"\"\n$",
        "[function.variables]\nTOKEN = \"$\" \"$\"",
        "[function.variables]\nTOKEN \"$\"",
        "[function.variables]\nTOKEN = \"\\u$\"",
        "[function.variables]\nTOKEN = \"$\"\nTOKEN = \"$\"",
        "[function.variables]\n$ = $ = $",
    ] {
        let text = text.replace('$', CANARY);
        let error = parse(&text).unwrap_err();
        for shown in [error.to_string(), format!("{error:?}"), format!("{:?}", error.hint())] {
            assert!(!shown.contains(CANARY), "{text}\n\n{shown}");
        }
    }
}

#[test]
fn a_configuration_can_be_printed_for_debugging() {
    let text = format!("[function]\nvariables = {{ TOKEN = \"{CANARY}\" }}");
    for shown in [format!("{:?}", parse(&text).unwrap()), format!("{:?}", resolve(&text, "local").unwrap())] {
        assert!(shown.contains("TOKEN") && !shown.contains(CANARY), "{shown}");
    }
}

#[test]
fn too_many_variables_are_refused_by_their_size_alone() {
    let text = format!("[function]\nvariables = {{ TOKEN = \"{}\" }}", CANARY.repeat(400));
    let error = resolve(&text, "local").unwrap_err().to_string();
    assert!(error.contains("the variables of function `hello` take 4412 bytes"), "{error}");
    assert!(!error.contains(CANARY), "{error}");
}
