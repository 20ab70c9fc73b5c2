/// The command `espalier`.
@NullMarked
package org.espalier.cli;

import org.jspecify.annotations.NullMarked;
