use super::*;

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

fn sparse(rows: &Rows) -> &Sparse {
    match rows {
        Rows::Sparse(rows) => rows,
        Rows::Dense(_) => panic!("words are sparse"),
    }
}

#[test]
fn names_lead_back_to_models() {
    for model in [WordModel::TfIdf, WordModel::Lsa, WordModel::Bm25] {
        assert_eq!(WordModel::named(model.name()), Some(model));
    }
    assert_eq!(WordModel::named("tfidf"), None);
}

#[test]
fn tf_idf_follows_its_formula() {
    let documents = texts(&["graph graph lemma", "graph proof", "lemma once", "the and"]);
    let read = WordModel::TfIdf.read(&[&documents], &texts(&["lemma unknown"]));
    let rows = sparse(&read.documents[0]);
    // Terms of two papers: `graph` and `lemma`, each in two of four.
    let idf = (5.0_f32 / 3.0).ln() + 1.0;
    let counted = (1.0 + 2.0_f32.ln()) * idf;
    let length = counted.hypot(idf);
    let expected = [(0, counted / length), (1, idf / length)];
    for (found, expected) in rows.row(0).iter().zip(expected) {
        assert_eq!(found.0, expected.0);
        assert!((found.1 - expected.1).abs() < 1e-6, "{found:?}");
    }
    assert_eq!(rows.row(1), [(0, 1.0)]);
    assert_eq!(rows.row(3), []);
    assert_eq!(sparse(&read.queries).row(0), [(1, 1.0)]);
}

#[test]
fn bm25_follows_its_formula() {
    let documents = texts(&["graph graph lemma", "graph", "proof proof"]);
    let read = WordModel::Bm25.read(&[&documents], &texts(&["lemma lemma proof"]));
    let product = |document: usize| -> f64 {
        let mut dense = vec![0.0; 3];
        sparse::add_sparse(sparse(&read.queries).row(0), 1.0, &mut dense);
        sparse::sparse_dot(sparse(&read.documents[0]).row(document), &dense)
    };
    // One of three papers holds each: rarity ln(1 + 2.5 / 1.5); lengths 3, 1, 2, mean 2.
    let rarity = (1.0 + 2.5_f64 / 1.5).ln();
    let part = |count: f64, length: f64| count * 2.2 / (count + 1.2 * (0.25 + 0.75 * length / 2.0));
    assert!((product(0) - 2.0 * rarity * part(1.0, 3.0)).abs() < 1e-5);
    assert!(product(1).abs() < 1e-12);
    assert!((product(2) - rarity * part(2.0, 2.0)).abs() < 1e-5);
}

#[test]
fn latent_rows_bring_together_what_shares_company() {
    // `car` and `auto` never meet but share their company; `leaf` and `tree` are of another kind.
    let documents = texts(&[
        "car engine wheel",
        "auto engine wheel",
        "car wheel engine",
        "auto wheel engine",
        "leaf tree forest",
        "tree forest leaf",
        "forest leaf tree",
        "the",
    ]);
    let read = WordModel::Lsa.read(&[&documents], &texts(&["car"]));
    let Rows::Dense(rows) = &read.documents[0] else {
        panic!("latent rows are dense");
    };
    let Rows::Dense(queries) = &read.queries else {
        panic!("latent rows are dense");
    };
    assert_eq!(rows.dimension(), queries.dimension());
    let cosine =
        |left: usize, right: usize| rows.unit_vector(left).cosine(&rows.unit_vector(right));
    assert!(cosine(0, 1).get() > cosine(0, 4).get() + 0.3);
    assert!(cosine(0, 7).get().abs() < 1e-6, "a text without terms");
    let asked = |row: usize| queries.unit_vector(0).cosine(&rows.unit_vector(row)).get();
    assert!(asked(0) > asked(4) + 0.3);
}
