use super::*;

fn read(text: &str, variables: &[(&str, &str)]) -> Result<MailSettings, MailError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mail.toml");
    fs_err::write(&file, text).unwrap();
    MailSettings::read(Some(&file), &|name| {
        let found = variables.iter().find(|(variable, _)| *variable == name);
        found.map(|(_, value)| (*value).to_owned())
    })
}

const WHOLE: &str = r#"
host = "smtp.example.org"
user = "me"
password_file = "secret"
from = "Kindred <me@example.org>"
to = ["me@example.org", "Other <you@example.org>"]
"#;

#[test]
fn a_file_is_enough_and_the_environment_wins() {
    let settings = read(WHOLE, &[]).unwrap();
    assert_eq!(
        (settings.port, settings.security),
        (587, Security::StartTls)
    );
    assert_eq!(settings.to.len(), 2);
    let account = settings.account.unwrap();
    assert!(
        account.source().ends_with("/secret`"),
        "beside the settings"
    );

    let variables = [
        ("KINDRED_SMTP_HOST", "other.example.org"),
        ("KINDRED_SMTP_SECURITY", "tls"),
        ("KINDRED_SMTP_PASSWORD", "given"),
        ("KINDRED_MAIL_TO", "a@example.org, b@example.org"),
    ];
    let settings = read(WHOLE, &variables).unwrap();
    assert_eq!(
        (settings.host.as_str(), settings.port),
        ("other.example.org", 465)
    );
    assert_eq!(settings.to[1].email.to_string(), "b@example.org");
    assert_eq!(settings.account.unwrap().password().unwrap(), "given");
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    let cases = [
        ("", "no server is set"),
        ("host = \"h\"", "no sender is set"),
        ("host = \"h\"\nfrom = \"a@b.c\"", "no recipient is set"),
        (
            "host = \"h\"\nfrom = \"a@b.c\"\nto = [\"a@b.c\"]\nuser = \"u\"",
            "no password is set",
        ),
        (
            "host = \"h\"\nfrom = \"nobody\"\nto = [\"a@b.c\"]",
            "from is `nobody`",
        ),
        (
            "host = \"h\"\nsecurity = \"ssl\"",
            "expected starttls, tls or none",
        ),
        ("\nport = \"high\"", "line 2: "),
        ("password = \"sesame\"", "unknown field `password`"),
    ];
    for (text, expected) in cases {
        let error = read(text, &[]).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
        assert!(!error.contains("sesame"), "{error}");
    }
}

#[test]
fn a_password_never_travels_in_the_clear() {
    let error = read(WHOLE, &[("KINDRED_SMTP_SECURITY", "none")]).unwrap_err();
    assert!(matches!(error, MailError::Unprotected { .. }), "{error}");
    for host in ["localhost", "127.0.0.1", "[::1]"] {
        let variables = [
            ("KINDRED_SMTP_SECURITY", "none"),
            ("KINDRED_SMTP_HOST", host),
        ];
        assert!(read(WHOLE, &variables).is_ok(), "{host}");
    }
}

#[test]
fn a_sender_cannot_smuggle_headers() {
    let text = "host = \"h\"\nfrom = \"a@b.c\\r\\nBcc: x@y.z\"\nto = [\"a@b.c\"]";
    assert!(read(text, &[]).is_err());
}
