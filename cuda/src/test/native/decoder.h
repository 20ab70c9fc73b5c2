// From statements to instructions: names become slots, opcodes become handlers.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "fault.h"
#include "kernel.h"
#include "ptx_text.h"

namespace swcuda {

/// Generic addresses of shared and local memory lie in windows of their own.
constexpr u64 kSharedWindow = u64{0xa} << 44;
constexpr u64 kLocalWindow = u64{0xb} << 44;
constexpr u64 kWindow = u64{1} << 32;

/// Bytes that belong to no one between two shared variables.
constexpr u32 kSharedGap = 128;

/// What every function of a module can name.
struct ModuleScope {
  /// Variables in device memory, .global and .const, by their address.
  std::map<std::string, u64> variables;
  /// Shared variables declared outside of functions, as declarations.
  std::vector<std::string> shared;
  std::set<std::string> dynamicShared;
  std::map<std::string, const Declaration*> functions;
};

/// An address operand: a register, or a constant, and a distance.
struct Address {
  u32 slot;
  /// Bytes of the register: 4 or 8.
  u32 width;
  s64 offset;
};

/// A variable declaration's name and length.
struct Variable {
  std::string name;
  u32 bytes = 0;
  u32 align = 1;
};

/// Reads "[.visible] .global .align 4 .b8 name[16]" and its like.
Variable variableIn(const std::string& declaration);

class Decoder {
 public:
  Decoder(const Declaration& function, const ModuleScope& module);

  Kernel decode();

  /// The slot of a source operand: a register, a number, a special register or a variable's address.
  u32 source(const std::string& operand, Type type);
  /// The slot of a source register that may be wider than `type`; `width` becomes the register's.
  u32 looseSource(const std::string& operand, Type type, u32& width);
  u32 destination(const std::string& operand, Type type);
  /// The slot of a destination register of any width; `width` becomes the register's.
  u32 looseDestination(const std::string& operand, Type type, u32& width);
  /// The slot of a predicate; `flip` becomes all ones when the operand is negated.
  u32 predicate(const std::string& operand, u32& flip);
  Address address(const std::string& operand);
  u32 constant(u32 width, u64 bits);
  /// A slot that no name has.
  u32 scratch(u32 width);
  /// Cuts "{a, b}" or takes the operand alone.
  static std::vector<std::string> elements(const std::string& operand);
  /// Puts a finished instruction in front of the one being decoded.
  void append(const Instruction& i) { kernel_.code.push_back(i); }
  bool isConstant(u32 slot) const;
  u64 constantBits(u32 slot) const;
  u32 list(const Instruction& i, u32 n) const { return kernel_.lists[i.list + n]; }
  void setList(Instruction& i, const std::vector<u32>& slots);
  void branchTo(Instruction& i, const std::string& label);
  void branchTable(Instruction& i, const std::string& table);
  u32 nextSite() { return kernel_.sites++; }
  /// Tells of an access to shared memory, for the race checker's granule.
  void touchesShared(u32 bytes);
  /// Where a parameter in memory (a function's, not the kernel's) lies in local memory; false for the kernel's own.
  bool localParameter(const std::string& operand, Address& address);
  /// Replaces a call by the function's body.
  void inlineCall(const Statement& statement);
  bool inFunction() const { return !inlined_.empty(); }
  const std::string& endOfFunction() const { return inlined_.back().end; }
  /// Remembers that `value` comes from a parameter of the kernel, and that it is used as an address.
  void loadsParameter(const std::string& value, u32 offset);
  void usedAsAddress(const std::string& value);
  void usedAsNumber(const std::string& value);

  [[noreturn]] static void unsupported(const Statement& statement);

 private:
  struct Register {
    Type type;
    u32 slot;
  };
  struct Block {
    std::map<std::string, Register> registers;
    /// Prefix and count of "%r<12>"; a slot is given at the first use.
    std::map<std::string, std::pair<Type, u32>> families;
    std::map<std::string, u32> locals;
    std::map<std::string, u32> parameters;
  };
  struct Inlined {
    std::string name;
    std::string end;
    /// Makes the labels of one copy differ from another's.
    int copy;
  };

  void readHeader(const Declaration& function);
  void layOutShared(const std::vector<Statement>& body);
  void appendEnd();
  void decodeBody(const std::vector<Statement>& body);
  void directive(const Statement& statement, const std::string& lastLabel);
  void instruction(const Statement& statement);
  void declareRegisters(const std::string& declaration);
  void declareShared(const std::string& declaration);
  u32 declareLocal(const Variable& variable);
  Register* findRegister(const std::string& name);
  bool symbol(const std::string& name, u64& value);
  u32 special(const std::string& name);
  u64 immediate(const std::string& text, Type type);
  std::string labelKey(const std::string& label) const;
  void resolveBranches();

  const Declaration& function_;
  const ModuleScope& module_;
  Kernel kernel_;
  std::vector<Block> blocks_;
  std::vector<Inlined> inlined_;
  std::map<std::pair<u32, u64>, u32> constants_;
  std::map<std::string, u32> specials_;
  std::map<std::string, u32> labels_;
  std::map<std::string, std::vector<std::string>> tables_;
  std::vector<std::pair<u32, std::string>> branches_;
  std::vector<std::pair<u32, std::string>> tableUses_;
  std::map<std::string, u32> fromParameter_;
  int copies_ = 0;
};

using Decode = void (*)(Decoder&, const Statement&, Instruction&);

/// Opcodes by their first word. Where integers and floats share a word, the type decides.
struct Opcodes {
  std::map<std::string, Decode> any;
  std::map<std::string, Decode> integers;
  std::map<std::string, Decode> floats;
};

void addIntegerOpcodes(Opcodes& opcodes);
void addBitOpcodes(Opcodes& opcodes);
void addFloatOpcodes(Opcodes& opcodes);
void addFunctionOpcodes(Opcodes& opcodes);
void addCompareOpcodes(Opcodes& opcodes);
void addConvertOpcodes(Opcodes& opcodes);
void addMoveOpcodes(Opcodes& opcodes);
void addMemoryOpcodes(Opcodes& opcodes);
void addAtomicOpcodes(Opcodes& opcodes);
void addControlOpcodes(Opcodes& opcodes);
void addExchangeOpcodes(Opcodes& opcodes);
void addMatrixOpcodes(Opcodes& opcodes);

bool isFloat(Type type);

/// Arithmetic of f16, bf16 and pairs of them, whatever the opcode.
void decodeHalf(Decoder& decoder, const Statement& s, Instruction& i);

}  // namespace swcuda
