/// Programs as a user would write them, outside the engine's packages.
package example;
