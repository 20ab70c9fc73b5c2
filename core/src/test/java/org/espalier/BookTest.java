package org.espalier;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// Every block of Java in the book compiles and runs: each is the body of a method of one class,
/// compiled in memory. A block marked `java ignore` is left out.
class BookTest {
  private static final Path BOOK =
      Path.of(System.getProperty("basedir", "."), "..", "docs", "book");
  private static final String NAME = "Book";
  private static final String IMPORTS =
      """
      import java.util.*;
      import java.nio.file.*;
      import org.espalier.*;
      import org.espalier.autograd.*;
      import org.espalier.io.*;
      import org.espalier.op.*;
      import org.espalier.profile.*;
      import org.espalier.random.*;
      """;

  private record Block(String page, int line, String code) {
    String method() {
      return page.replaceAll("[^a-z]", "_") + "_line_" + line;
    }
  }

  @TestFactory
  Stream<DynamicTest> everyBlockOfThePagesRuns(@TempDir Path folder) throws Exception {
    List<Block> blocks = blocks();
    assertFalse(blocks.isEmpty(), "no block of Java in " + BOOK.toAbsolutePath());
    Class<?> book = compile(source(blocks, folder));
    return blocks.stream()
        .map(b ->
            dynamicTest(
                b.page + " line " + b.line,
                () -> {
                  try (Scope _ = Scope.open()) {
                    book.getMethod(b.method()).invoke(null);
                  }
                }));
  }

  private static List<Block> blocks() throws IOException {
    List<Block> blocks = new ArrayList<>();
    try (Stream<Path> pages = Files.list(BOOK)) {
      for (Path page : pages.filter(p -> p.toString().endsWith(".md")).sorted().toList()) {
        List<String> lines = Files.readAllLines(page);
        StringBuilder code = null;
        int start = 0;
        for (int i = 0; i < lines.size(); i++) {
          String line = lines.get(i);
          if (code == null && line.strip().equals("```java")) {
            code = new StringBuilder();
            start = i + 1;
          } else if (code != null && line.strip().equals("```")) {
            blocks.add(new Block(page.getFileName().toString(), start, code.toString()));
            code = null;
          } else if (code != null) {
            code.append(line).append('\n');
          }
        }
        assertTrue(code == null, "a block that does not end in " + page);
      }
    }
    return blocks;
  }

  /// What a page prints is for its reader; here it goes nowhere. What it writes goes into a folder.
  private static String source(List<Block> blocks, Path folder) {
    StringBuilder s = new StringBuilder(IMPORTS).append("public class Book {\n");
    s.append("static class System { static Out out = new Out(); }\n");
    s.append("static class Out { void println(Object o) { String.valueOf(o); } }\n");
    s.append(
        """
        static class Files {
          static Path createTempDirectory(String prefix) throws Exception {
            return java.nio.file.Files.createTempDirectory(Path.of("%s"), prefix);
          }
          static Path writeString(Path file, String text) throws Exception {
            return java.nio.file.Files.writeString(file, text);
          }
        }
        """
            .formatted(folder.toString().replace("\\", "\\\\")));
    for (Block b : blocks) {
      s.append("public static void ").append(b.method()).append("() throws Exception {\n");
      s.append(b.code).append("}\n");
    }
    return s.append("}\n").toString();
  }

  private static Class<?> compile(String source) throws Exception {
    JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "a JDK");
    StringWriter problems = new StringWriter();
    try (var classes = new InMemory(compiler)) {
      JavaFileObject file =
          new SimpleJavaFileObject(URI.create("string:///Book.java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
              return source;
            }
          };
      List<String> options = List.of("-proc:none", "-nowarn", "-cp", classPath());
      boolean good = compiler.getTask(problems, classes, null, options, null, List.of(file)).call();
      assertTrue(good, () -> problems + "\n" + numbered(source));
      return classes.loader().loadClass(NAME);
    }
  }

  private static String numbered(String source) {
    StringBuilder s = new StringBuilder();
    int n = 1;
    for (String line : source.split("\n", -1)) {
      s.append(n++).append(": ").append(line).append('\n');
    }
    return s.toString();
  }

  private static String classPath() {
    URL core = Tensor.class.getProtectionDomain().getCodeSource().getLocation();
    return Path.of(URI.create(core.toString()))
        + java.io.File.pathSeparator
        + System.getProperty("java.class.path", "");
  }

  /// Compiled classes that never see a disk.
  private static final class InMemory extends ForwardingJavaFileManager<JavaFileManager> {
    private final Map<String, ByteArrayOutputStream> classes = new TreeMap<>();

    InMemory(JavaCompiler compiler) {
      super(compiler.getStandardFileManager(null, null, null));
    }

    @Override
    public JavaFileObject getJavaFileForOutput(
        Location location,
        String className,
        JavaFileObject.Kind kind,
        javax.tools.FileObject sibling) {
      return new SimpleJavaFileObject(URI.create("mem:///" + className + ".class"), kind) {
        @Override
        public OutputStream openOutputStream() {
          ByteArrayOutputStream bytes = new ByteArrayOutputStream();
          classes.put(className, bytes);
          return bytes;
        }
      };
    }

    ClassLoader loader() {
      Map<String, byte[]> compiled = new HashMap<>();
      classes.forEach((name, bytes) -> compiled.put(name, bytes.toByteArray()));
      return new ClassLoader(Tensor.class.getClassLoader()) {
        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
          byte[] bytes = compiled.get(name);
          if (bytes == null) {
            throw new ClassNotFoundException(name);
          }
          return defineClass(name, bytes, 0, bytes.length);
        }
      };
    }
  }
}
