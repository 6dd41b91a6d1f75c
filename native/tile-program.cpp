// Compiles operations into instructions.
//
// A value passes through the accumulator. It is saved to a place only if it is used more than once, or if the operation
// that uses it has no place for its other operand. Sums are computed first and stores last: a store may overwrite a
// load, so it must not reach memory before the load's last read.
#include "tile-program.h"

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace reweight::tile {
namespace {

// The instruction for x∘a with its operands exchanged.
Code exchanged(Code code) {
  switch (code) {
    case Code::sub: return Code::subFrom;
    case Code::mulStep: return Code::stepMul;
    default: return code;
  }
}

class Compiler {
 public:
  Compiler(const TileSpec& spec, const Domain& domain)
      : spec_(spec), domain_(domain), nodes_(nodesOf(spec, domain)), placeOf_(nodes_.size(), none) {}

  Program compile() {
    addPlaces();
    emitHoisted(once);
    emitHoisted(perRun);
    begin(perBlock);
    emitSums();
    emitStores();
    markUnused();
    program_.lastBlock = program_.code[perBlock];
    for (Instruction& instruction : program_.lastBlock) {
      if (instruction.code == Code::sum) instruction.code = Code::sumPart;
      if (instruction.code == Code::sumFolded) instruction.code = Code::sumPartFolded;
    }
    return std::move(program_);
  }

 private:
  int addPlace(Place place) {
    if (program_.places.size() > UINT16_MAX) throw std::invalid_argument("TileSpec: more operands than fit a program");
    program_.places.push_back(place);
    return static_cast<int>(program_.places.size()) - 1;
  }

  void addPlaces() {
    const int loads = static_cast<int>(spec_.loads.size()), constants = static_cast<int>(spec_.constants.size());
    for (int index = 0; index < loads; ++index) {
      const auto [access, changes] = accessOf(spec_.loads[index], domain_);
      const Place::Kind kind = access == Access::direct     ? Place::load
                               : access == Access::gathered ? Place::gathered
                                                            : Place::repeated;
      placeOf_[index] = addPlace({kind, index, access == Access::periodic, changes});
    }
    for (int index = 0; index < constants; ++index) placeOf_[loads + index] = addPlace({Place::constant, index});
    for (int index = 0; index < static_cast<int>(spec_.sums.size()); ++index) {
      const bool folds = !spec_.sums[index].keepC || (domain_.columns > 0 && foldedLength % domain_.columns == 0);
      program_.folded.push_back(folds);
      sumPlaces_.push_back(addPlace({Place::sum, index, !folds}));
    }
  }

  void begin(Rate rate) {
    rate_ = rate;
    inAccumulator_ = none;
    freeScratch_.clear();
  }

  void emit(Code code, int place = 0) { program_.code[rate_].push_back({code, static_cast<uint16_t>(place)}); }

  // Brings a node's value into the accumulator. `forOperation`: the next operation emitted consumes it there, so this
  // use needs no place.
  void compute(int index, bool forOperation) {
    if (inAccumulator_ == index) return;
    if (placeOf_[index] != none) {
      emit(Code::load, placeOf_[index]);
      inAccumulator_ = index;
      return;
    }
    const Node& node = nodes_[index];
    if (node.b == none) {
      compute(node.a, true);
      emit(node.code);
    } else {
      emitBinary(node);
    }
    inAccumulator_ = index;
    release(node.a);
    if (node.b != none && node.b != node.a) release(node.b);
    if (rate_ == perBlock) emitSumsOf(index);
    if (node.stored || node.hoisted || node.uses > (forOperation ? 1 : 0)) save(index);
  }

  // One operand passes through the accumulator, the other needs a place.
  void emitBinary(const Node& node) {
    const auto [code, a, b] = std::tuple(node.code, node.a, node.b);
    if (a == b || (placeOf_[a] == none && placeOf_[b] == none)) provide(b);
    const bool throughA = placeOf_[b] != none && (inAccumulator_ != b || placeOf_[a] == none);
    compute(throughA ? a : b, true);
    emit(throughA ? code : exchanged(code), placeOf_[throughA ? b : a]);
  }

  // Makes sure that a node has a place.
  void provide(int index) {
    if (placeOf_[index] != none) return;
    compute(index, false);
    if (placeOf_[index] == none) save(index);
  }

  void save(int index) {
    const Node& node = nodes_[index];
    if (node.hoisted) {
      placeOf_[index] = addPlace({Place::computed, none, node.periodic});
    } else if (node.stored || freeScratch_.empty()) {
      placeOf_[index] = addPlace({Place::scratch});
      savedAt_.resize(program_.places.size());
      savedAt_[placeOf_[index]] = program_.code[rate_].size();
    } else {
      placeOf_[index] = freeScratch_.back();
      freeScratch_.pop_back();
    }
    emit(Code::save, placeOf_[index]);
  }

  void release(int index) {
    Node& node = nodes_[index];
    if (--node.uses > 0 || node.stored || placeOf_[index] == none) return;
    if (program_.places[placeOf_[index]].kind == Place::scratch) freeScratch_.push_back(placeOf_[index]);
  }

  void emitHoisted(Rate rate) {
    begin(rate);
    for (size_t index = 0; index < nodes_.size(); ++index) {
      if (nodes_[index].hoisted && nodes_[index].rate == rate) provide(static_cast<int>(index));
    }
  }

  void emitSumsOf(int index) {
    for (int sum : nodes_[index].sums) emit(program_.folded[sum] ? Code::sumFolded : Code::sum, sumPlaces_[sum]);
    nodes_[index].sums.clear();
  }

  void emitSums() {
    for (size_t index = 0; index < nodes_.size(); ++index) {
      if (nodes_[index].sums.empty()) continue;
      compute(static_cast<int>(index), false);
      emitSumsOf(static_cast<int>(index));
    }
  }

  // Stored values are computed into scratch. If no load is read after that, the result's own memory replaces the
  // scratch; otherwise the value is copied at the end.
  void emitStores() {
    for (const auto& store : spec_.stores) {
      const bool isLoad = placeOf_[store.operand] != none && placeKind(store.operand) == Place::load;
      if (isLoad) {
        compute(store.operand, false);
        save(store.operand);
      }
      provide(store.operand);
    }
    const size_t computedEnd = program_.code[perBlock].size();
    for (size_t index = 0; index < spec_.stores.size(); ++index) {
      const TileSpec::Store& store = spec_.stores[index];
      const Place result{Place::store, static_cast<int>(index)};
      const int place = placeOf_[store.operand];
      if (placeKind(store.operand) == Place::scratch && canBeResult(place, computedEnd, store)) {
        if (store.bfloat16) program_.code[perBlock][savedAt_[place]].code = Code::saveBfloat16;
        program_.places[place] = result;
      } else {
        emit(Code::load, place);
        emit(store.bfloat16 ? Code::saveBfloat16 : Code::save, addPlace(result));
      }
    }
  }

  Place::Kind placeKind(int node) const { return program_.places[placeOf_[node]].kind; }

  bool canBeResult(int place, size_t computedEnd, const TileSpec::Store& store) const {
    const auto& code = program_.code[perBlock];
    const bool loadsLater = std::any_of(code.begin() + savedAt_[place], code.begin() + computedEnd, [&](auto& later) {
      return reads(later) && program_.places[later.place].kind == Place::load;
    });
    if (loadsLater || !store.bfloat16) return !loadsLater;
    // A rounded value must not be read back.
    const auto sameValue = [&](auto& other) { return other.operand == store.operand; };
    return std::count_if(spec_.stores.begin(), spec_.stores.end(), sameValue) == 1 &&
           std::none_of(code.begin(), code.end(), [&](auto& other) { return reads(other) && other.place == place; });
  }

  static bool reads(const Instruction& instruction) {
    return isBinary(instruction.code) || instruction.code == Code::load;
  }

  void markUnused() {
    std::vector<bool> used(program_.places.size(), false);
    for (const auto& code : program_.code) {
      for (const Instruction& instruction : code) used[instruction.place] = true;
    }
    for (size_t index = 0; index < used.size(); ++index) {
      if (!used[index]) program_.places[index].kind = Place::unused;
    }
  }

  const TileSpec& spec_;
  const Domain& domain_;
  Program program_;
  std::vector<Node> nodes_;   // `uses` and `sums` shrink as instructions are emitted
  std::vector<int> placeOf_;  // for each node
  std::vector<int> sumPlaces_;
  std::vector<int> freeScratch_;
  std::vector<size_t> savedAt_;  // for places of stored values: the instruction that saves them
  Rate rate_ = once;
  int inAccumulator_ = none;
};

}  // namespace

Program compile(const TileSpec& spec, const Domain& domain) { return Compiler(spec, domain).compile(); }

}  // namespace reweight::tile
