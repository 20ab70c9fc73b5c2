/// Do the tests notice wrong code? Errors are planted into the shipped kernels and into the shipped
/// classes, one at a time.
@NullMarked
package org.espalier.cuda.planted;

import org.jspecify.annotations.NullMarked;
