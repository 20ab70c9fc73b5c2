// The text of a PTX module, cut into statements.
#pragma once

#include <string>
#include <vector>

#include "types.h"

namespace swcuda {

/// One statement of a function's body.
struct Statement {
  enum class Kind { INSTRUCTION, LABEL, DIRECTIVE, OPEN, CLOSE };

  Kind kind = Kind::INSTRUCTION;
  int line = 0;
  /// The statement as it was written, without its guard's tabs and the semicolon.
  std::string text;
  std::string guard;
  bool guardNegated = false;
  /// The opcode, cut at its dots: "ld", "global", "nc", "f32". For a label its name alone.
  std::vector<std::string> opcode;
  std::vector<std::string> operands;

  bool has(const char* modifier) const;
  /// The last type that the opcode names: the type of the operation.
  Type type() const;
  /// All types that the opcode names, in order.
  std::vector<Type> types() const;
};

/// One declaration of a module: a variable, or a function with its body.
struct Declaration {
  int line = 0;
  /// Everything up to the body, or up to the semicolon.
  std::string header;
  std::string body;
  int bodyLine = 0;
  bool hasBody = false;
};

/// The type of that name, or NONE.
Type typeNamed(const std::string& name);

std::string trimmed(const std::string& text);

/// Cuts at `separator` outside of all brackets; the parts are trimmed.
std::vector<std::string> splitTop(const std::string& text, char separator);

/// Cuts at blanks.
std::vector<std::string> words(const std::string& text);

std::vector<Declaration> declarationsOf(const std::string& module);

std::vector<Statement> statementsOf(const std::string& body, int firstLine);

}  // namespace swcuda
