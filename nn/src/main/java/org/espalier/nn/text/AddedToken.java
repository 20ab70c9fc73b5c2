package org.espalier.nn.text;

/// A token that is recognised in the text before anything else, as `[MASK]`.
///
/// @param id its id
/// @param content its text
/// @param singleWord whether it must not touch other word characters
/// @param stripLeft whether white space before it belongs to it
/// @param stripRight whether white space behind it belongs to it
/// @param normalized whether it is looked for in the normalized text
/// @param special whether decoding can leave it out
record AddedToken(
    int id,
    String content,
    boolean singleWord,
    boolean stripLeft,
    boolean stripRight,
    boolean normalized,
    boolean special) {}
