/// Internal: memory that is used again instead of being collected.
package org.espalier.memory;
