use super::*;

/// Expected values of the last two columns come from an independent implementation.
const CASES: [(&[u32], &[u32], [f64; 3]); 3] = [
    (
        &[0, 0, 0, 1, 1, 1],
        &[0, 0, 1, 1, 2, 2],
        [
            0.242_424_242_424_242_43,
            0.515_803_742_979_388_9,
            0.298_792_458_170_890_1,
        ],
    ),
    (
        &[0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2],
        &[0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 0, 3],
        [
            0.369_175_627_240_143_36,
            0.594_569_443_707_318_6,
            0.434_311_299_353_100_87,
        ],
    ),
    (&[0, 1, 0, 1], &[0, 0, 1, 1], [-0.5, 0.0, -0.5]),
];

#[test]
fn measures_have_their_published_values() {
    for (left, right, [rand, v, information]) in CASES {
        assert!((adjusted_rand_index(left, right) - rand).abs() < 1e-12);
        assert!((v_measure(left, right) - v).abs() < 1e-12);
        assert!((adjusted_mutual_information(left, right) - information).abs() < 1e-12);
    }
}

#[test]
fn rand_index_of_a_small_case_by_hand() {
    // Pairs together in both: {0,1} and {4,5}; rows 3 + 3, columns 1 + 1 + 1, all 15.
    let expected = 6.0 * 3.0 / 15.0;
    let by_hand = (2.0 - expected) / (4.5 - expected);
    let found = adjusted_rand_index(&[0, 0, 0, 1, 1, 1], &[0, 0, 1, 1, 2, 2]);
    assert!((found - by_hand).abs() < 1e-12);
}

#[test]
fn measures_ignore_names_and_are_symmetric() {
    let (left, right) = ([5, 5, 9, 9, 9, 1], [0, 0, 3, 3, 1, 1]);
    let renamed = [1, 1, 0, 0, 0, 7];
    for measure in [adjusted_rand_index, v_measure, adjusted_mutual_information] {
        assert!((measure(&left, &right) - measure(&renamed, &right)).abs() < 1e-12);
        assert!((measure(&left, &right) - measure(&right, &left)).abs() < 1e-12);
        assert!((measure(&left, &renamed) - 1.0).abs() < 1e-12);
    }
}

#[test]
fn trivial_partitions_are_equal() {
    for measure in [adjusted_rand_index, v_measure, adjusted_mutual_information] {
        assert!((measure(&[], &[]) - 1.0).abs() < 1e-12);
        assert!((measure(&[3, 3, 3], &[0, 0, 0]) - 1.0).abs() < 1e-12);
        assert!((measure(&[0, 1, 2], &[2, 1, 0]) - 1.0).abs() < 1e-12);
        assert!(measure(&[0, 0, 0, 0], &[0, 1, 2, 3]).abs() < 1e-12);
    }
}
