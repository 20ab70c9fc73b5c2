/// The five real tasks of the demonstration, read from two data jars on the class path: what a word
/// means (WordNet 3.1) and whether a sentence is well-formed (LanguageTool's rule examples).
@NullMarked
package org.espalier.cli.data;

import org.jspecify.annotations.NullMarked;
