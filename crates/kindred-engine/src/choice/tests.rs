use super::*;

const STATIC: ModelOrigin = ModelOrigin::BuiltIn(BuiltIn::Static);

fn load(origin: &ModelOrigin, options: EncoderOptions) -> PreparedEncoder {
    PreparedEncoder::load(origin, options, Device::Cpu).unwrap()
}

#[test]
fn a_choice_written_before_there_were_options_loads_the_same_encoder() {
    let now = load(&STATIC, EncoderOptions::default());
    let old = format!(
        "{{\"name\": \"kindred-static\", \"origin\": \"built-in\", \"fingerprint\": \"{}\", \
         \"dimension\": {}}}",
        now.choice().fingerprint,
        now.choice().dimension
    );
    let old: EncoderChoice = serde_json::from_str(&old).unwrap();
    assert_eq!(old.origin, STATIC);
    assert_eq!(old.options(), now.choice().options());
    assert_eq!(
        old.load(Device::Cpu).unwrap().fingerprint(),
        &old.fingerprint
    );
}

#[test]
fn options_make_another_encoder_and_are_stored_with_it() {
    let options = EncoderOptions {
        dimension: Some(Extent::Is(64)),
        max_tokens: Some(Extent::Is(32)),
        ..EncoderOptions::default()
    };
    let whole = load(&STATIC, EncoderOptions::default());
    let short = load(&STATIC, options);
    assert_ne!(short.choice().fingerprint, whole.choice().fingerprint);
    assert_eq!(short.choice().dimension, 64);
    let text = serde_json::to_string(short.choice()).unwrap();
    let stored: EncoderChoice = serde_json::from_str(&text).unwrap();
    let again = stored.load(Device::Cpu).unwrap();
    assert_eq!((again.dimension(), again.max_tokens()), (64, Some(32)));
}

#[test]
fn what_a_model_does_anyway_is_no_setting() {
    for (built_in, tokens) in [
        (BuiltIn::Static, Extent::OfModel),
        (BuiltIn::Small, Extent::Is(256)),
    ] {
        let origin = ModelOrigin::BuiltIn(built_in);
        let facts = ModelShelf::inspect(&origin).unwrap();
        let plain = load(&origin, EncoderOptions::default());
        let asked = EncoderOptions {
            dtype: Some(SMALL_DTYPE),
            dimension: Some(Extent::Is(facts.dimension)),
            max_tokens: Some(tokens),
        };
        assert_eq!(load(&origin, asked).choice(), plain.choice());
    }
}

#[test]
fn a_setting_goes_back_to_the_models_own() {
    let short = EncoderOptions {
        dimension: Some(Extent::Is(64)),
        max_tokens: Some(Extent::Is(32)),
        ..EncoderOptions::default()
    };
    let back = EncoderOptions {
        dimension: Some(Extent::OfModel),
        max_tokens: Some(Extent::OfModel),
        ..EncoderOptions::default()
    };
    let stored = load(&STATIC, short).choice().options();
    let again = load(&STATIC, back.or(stored));
    let plain = load(&STATIC, EncoderOptions::default());
    assert_eq!(again.choice(), plain.choice());
}

#[test]
fn the_usual_choice_is_that_of_the_default_encoder() {
    let loaded = load(&ModelOrigin::default(), EncoderOptions::default());
    assert_eq!(*loaded.choice(), EncoderChoice::usual().unwrap());
    assert_eq!(loaded.choice().name, "kindred-small");
    assert_eq!(loaded.notes(), [] as [&str; 0], "nothing was measured");
}

#[test]
fn a_stored_choice_says_which_built_in_encoder_it_means() {
    for built_in in BuiltIn::ALL {
        let origin = ModelOrigin::BuiltIn(built_in);
        let choice = load(&origin, EncoderOptions::default()).choice().clone();
        let text = serde_json::to_string(&choice).unwrap();
        let place = format!("\"name\":\"{built_in}\",\"origin\":\"built-in\"");
        assert!(text.contains(&place), "{text}");
        let stored: EncoderChoice = serde_json::from_str(&text).unwrap();
        assert_eq!(stored, choice);
        assert!(stored.load(Device::Cpu).is_ok());
    }
    let unknown =
        r#"{"name": "kindred-huge", "origin": "built-in", "fingerprint": "F", "dimension": 1}"#;
    let unknown = unknown.replace('F', &"0".repeat(64));
    let error = serde_json::from_str::<EncoderChoice>(&unknown).unwrap_err();
    assert!(error.to_string().contains("`kindred-huge`"), "{error}");
}

#[test]
fn the_built_in_encoder_of_an_earlier_program_is_told_apart_and_what_to_do_is_said() {
    let old = format!(
        "{{\"name\":\"kindred-static\",\"origin\":\"built-in\",\"fingerprint\":\"{}\",\
         \"dimension\":256,\"family\":\"static\",\"dtype\":\"f32\"}}",
        "5e".repeat(32)
    );
    let old: EncoderChoice = serde_json::from_str(&old).unwrap();
    let error = old.load(Device::Cpu).unwrap_err();
    assert!(
        matches!(error, EngineError::EncoderChanged { .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("`kindred-static`"), "{error}");
    let hints = error.hints().join("\n");
    for built_in in BuiltIn::ALL {
        let command = format!("`kindred models use {built_in}`");
        assert!(hints.contains(&command), "{hints}");
    }
}

#[cfg(not(feature = "cuda"))]
#[test]
fn a_device_that_was_not_built_is_refused_by_name() {
    let cuda = Device::Cuda(1);
    let options = EncoderOptions::default();
    let error = PreparedEncoder::load(&STATIC, options, cuda).unwrap_err();
    assert!(error.to_string().contains("`cuda:1`"), "{error}");
    assert!(error.hints()[0].contains("--features cuda"), "{error:?}");
}
