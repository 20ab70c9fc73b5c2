#include "ptx_text.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <sstream>

#include "fault.h"

namespace swcuda {

namespace {
const std::map<std::string, Type> kTypes = {
    {"pred", Type::PRED}, {"b8", Type::B8},     {"b16", Type::B16},     {"b32", Type::B32},       {"b64", Type::B64},
    {"u8", Type::U8},     {"u16", Type::U16},   {"u32", Type::U32},     {"u64", Type::U64},       {"s8", Type::S8},
    {"s16", Type::S16},   {"s32", Type::S32},   {"s64", Type::S64},     {"f16", Type::F16},       {"bf16", Type::BF16},
    {"f32", Type::F32},   {"f64", Type::F64},   {"f16x2", Type::F16X2}, {"bf16x2", Type::BF16X2}, {"tf32", Type::TF32},
};

bool startsWith(const std::string& text, const char* start) { return text.rfind(start, 0) == 0; }

/// Blanks out comments and debug lines; the line breaks stay, so that numbers of lines do too.
std::string withoutComments(const std::string& text) {
  std::string out = text;
  for (std::size_t i = 0; i + 1 < out.size(); i++) {
    if (out[i] == '/' && out[i + 1] == '/') {
      while (i < out.size() && out[i] != '\n') out[i++] = ' ';
    } else if (out[i] == '/' && out[i + 1] == '*') {
      std::size_t end = std::min(out.find("*/", i), out.size() - 2) + 2;
      for (; i < end; i++) {
        if (out[i] != '\n') out[i] = ' ';
      }
      i--;
    }
  }
  for (const char* debug : {".loc", ".file"}) {
    for (std::size_t at = out.find(debug); at != std::string::npos; at = out.find(debug, at)) {
      bool first = trimmed(out.substr(out.rfind('\n', at) + 1, at - out.rfind('\n', at) - 1)).empty();
      bool word = std::isspace(static_cast<unsigned char>(out[at + std::string(debug).size()]));
      if (!first || !word) {
        at++;
        continue;
      }
      while (at < out.size() && out[at] != '\n') out[at++] = ' ';
    }
  }
  return out;
}

/// Where the bracket that opens at `open` closes.
std::size_t matching(const std::string& text, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < text.size(); i++) {
    if (text[i] == '{') depth++;
    if (text[i] == '}' && --depth == 0) return i;
  }
  throw Fault(INVALID_PTX, "a bracket that never closes");
}

int linesIn(const std::string& text, std::size_t from, std::size_t to) {
  return static_cast<int>(std::count(text.begin() + from, text.begin() + to, '\n'));
}

/// Fills guard, opcode and operands from the text of an instruction.
void cutInstruction(Statement& statement) {
  std::string rest = statement.text;
  if (rest[0] == '@') {
    std::size_t end = rest.find_first_of(" \t");
    statement.guardNegated = rest[1] == '!';
    statement.guard = rest.substr(statement.guardNegated ? 2 : 1, end - (statement.guardNegated ? 2 : 1));
    rest = trimmed(rest.substr(end));
  }
  std::size_t end = rest.find_first_of(" \t\n");
  std::string opcode = rest.substr(0, end);
  std::istringstream parts(opcode);
  for (std::string part; std::getline(parts, part, '.');) statement.opcode.push_back(part);
  if (end != std::string::npos) statement.operands = splitTop(rest.substr(end), ',');
}

/// Blanks in a row become one, for messages.
std::string oneLine(const std::string& text) {
  std::string out;
  for (char c : trimmed(text)) {
    bool blank = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (!blank) out += c;
    if (blank && !out.empty() && out.back() != ' ') out += ' ';
  }
  return out;
}
}  // namespace

bool Statement::has(const char* modifier) const {
  return std::find(opcode.begin() + 1, opcode.end(), modifier) != opcode.end();
}

std::vector<Type> Statement::types() const {
  std::vector<Type> found;
  for (const std::string& part : opcode) {
    if (typeNamed(part) != Type::NONE) found.push_back(typeNamed(part));
  }
  return found;
}

Type Statement::type() const {
  std::vector<Type> all = types();
  return all.empty() ? Type::NONE : all.back();
}

Type typeNamed(const std::string& name) {
  auto found = kTypes.find(name);
  return found == kTypes.end() ? Type::NONE : found->second;
}

std::string trimmed(const std::string& text) {
  std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::vector<std::string> splitTop(const std::string& text, char separator) {
  std::vector<std::string> parts;
  int depth = 0;
  std::string part;
  for (char c : text) {
    if (c == '{' || c == '[' || c == '(') depth++;
    if (c == '}' || c == ']' || c == ')') depth--;
    if (c == separator && depth == 0) {
      parts.push_back(trimmed(part));
      part.clear();
    } else {
      part += c;
    }
  }
  if (!trimmed(part).empty()) parts.push_back(trimmed(part));
  return parts;
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> found;
  for (std::string word; stream >> word;) found.push_back(word);
  return found;
}

std::vector<Declaration> declarationsOf(const std::string& module) {
  std::string text = withoutComments(module);
  std::vector<Declaration> found;
  std::size_t i = 0;
  int line = 1;
  while (true) {
    while (i < text.size() && std::isspace(static_cast<unsigned char>(text[i]))) line += text[i++] == '\n';
    if (i >= text.size()) return found;
    std::string ahead = text.substr(i, 16);
    Declaration declaration;
    declaration.line = line;
    std::size_t end;
    if (startsWith(ahead, ".version") || startsWith(ahead, ".target") || startsWith(ahead, ".address_size")) {
      end = std::min(text.find('\n', i), text.size());
      declaration.header = trimmed(text.substr(i, end - i));
    } else if (startsWith(ahead, ".section")) {
      end = matching(text, text.find('{', i)) + 1;
      line += linesIn(text, i, end);
      i = end;
      continue;
    } else {
      std::size_t stop = text.find_first_of("{;=", i);
      if (stop == std::string::npos) throw Fault(INVALID_PTX, format("line %d: a declaration without an end", line));
      if (text[stop] == '=') stop = text.find(';', stop);
      declaration.header = trimmed(text.substr(i, stop - i));
      end = stop + 1;
      if (text[stop] == '{') {
        std::size_t close = matching(text, stop);
        declaration.hasBody = true;
        declaration.bodyLine = line + linesIn(text, i, stop);
        declaration.body = text.substr(stop + 1, close - stop - 1);
        end = close + 1;
      }
    }
    found.push_back(declaration);
    line += linesIn(text, i, end);
    i = end;
  }
}

std::vector<Statement> statementsOf(const std::string& body, int firstLine) {
  std::vector<Statement> found;
  std::size_t i = 0;
  int line = firstLine;
  while (true) {
    while (i < body.size() && std::isspace(static_cast<unsigned char>(body[i]))) line += body[i++] == '\n';
    if (i >= body.size()) return found;
    Statement statement;
    statement.line = line;
    std::size_t end = i + 1;
    if (body[i] == '{' || body[i] == '}') {
      statement.kind = body[i] == '{' ? Statement::Kind::OPEN : Statement::Kind::CLOSE;
      statement.text = body[i];
    } else {
      std::size_t word = i;
      while (word < body.size() && (std::isalnum(static_cast<unsigned char>(body[word])) || body[word] == '_' || body[word] == '$')) word++;
      if (word > i && word < body.size() && body[word] == ':' && body[word + 1] != ':') {
        statement.kind = Statement::Kind::LABEL;
        statement.text = body.substr(i, word - i);
        end = word + 1;
      } else {
        std::size_t stop = body.find(';', i);
        if (stop == std::string::npos) throw Fault(INVALID_PTX, format("line %d: a statement without an end", line));
        statement.text = oneLine(body.substr(i, stop - i));
        end = stop + 1;
        if (statement.text[0] == '.') {
          statement.kind = Statement::Kind::DIRECTIVE;
        } else if (!statement.text.empty()) {
          cutInstruction(statement);
        }
      }
    }
    line += linesIn(body, i, end);
    i = end;
    if (!statement.text.empty()) found.push_back(statement);
  }
}

}  // namespace swcuda
