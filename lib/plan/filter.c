/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules about the system calls of one architecture as classic BPF. Numbers
 * next to each other with the same answer are one range; a search tree finds
 * the range. libseccomp could do it too, but its generator needs forty times as
 * long for a usual profile, and it errs where the conditions of two rules for
 * one call overlap (2.5.4: of "a0 <= 3 && a2 <= 3" and "a0 <= 4" neither holds
 * for the arguments 0, 0, 5).
 *
 * Jumps only go forward, so the program is made from its end to its start:
 * then every target is there already and its distance known.
 */
#include "filter.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>

/* The numbers from @start to the next one's start. */
struct range {
	uint32_t start;
	uint32_t action;
	const struct filter_rule *rules;	/* with conditions; NULL: always @action */
	size_t n;
};
typedef LIST(struct range) ranges;

/*
 * Ranges that one leaf of the tree tells apart: every second one is a single
 * number, which takes one comparison, where a range between others takes two.
 */
struct leaf {
	const struct range *ranges;	/* those that are not single have one answer */
	size_t n;			/* odd */
};
typedef LIST(struct leaf) leaves;

/* More of them make the program shorter, and the way to the last one longer. */
#define SINGLES_MAX	2

/* Where an action is returned. */
struct outcome {
	uint32_t action;
	size_t label;
};

struct builder {
	struct arena *arena;
	bpf_program code;		/* the last instruction first */
	LIST(struct outcome) outcomes;	/* of each action the first in the program */
	uint32_t default_action;
	bool wide;			/* arguments have 64 bits */
};

/* Conditional jumps reach 255 instructions; two jumps may come to stand in between. */
#define REACH	250

/* Adds an instruction in front of all others. Its label is how many there were. */
static size_t emit(struct builder *b, uint16_t code, uint32_t k)
{
	*list_add(b->arena, &b->code) = (struct sock_filter){ .code = code, .k = k };
	return b->code.n - 1;
}

static size_t distance(const struct builder *b, size_t label)
{
	return b->code.n - label - 1;
}

/* A label within reach from which the code goes on at @label. */
static size_t near(struct builder *b, size_t label)
{
	if (distance(b, label) <= REACH)
		return label;
	return emit(b, BPF_JMP | BPF_JA, (uint32_t)distance(b, label));
}

static size_t emit_jump(struct builder *b, uint16_t op, uint32_t k, size_t yes, size_t no)
{
	struct sock_filter *insn;
	size_t label;

	yes = near(b, yes);
	no = near(b, no);
	label = emit(b, BPF_JMP | BPF_K | op, k);
	insn = &b->code.v[label];
	insn->jt = (uint8_t)(label - yes - 1);
	insn->jf = (uint8_t)(label - no - 1);
	return label;
}

static struct outcome *outcome_of(struct builder *b, uint32_t action)
{
	for_each (o, &b->outcomes)
		if (o->action == action)
			return o;
	return NULL;
}

static size_t emit_return(struct builder *b, uint32_t action)
{
	struct outcome *o = outcome_of(b, action);

	if (o && distance(b, o->label) <= REACH)
		return o->label;
	if (!o)
		o = list_add(b->arena, &b->outcomes);
	*o = (struct outcome){ action, emit(b, BPF_RET | BPF_K, action) };
	return o->label;
}

/* ---- conditions ---- */

static size_t emit_load(struct builder *b, unsigned arg, bool high)
{
	size_t offset = offsetof(struct seccomp_data, args) + arg * sizeof(uint64_t);
	bool second = high == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

	return emit(b, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset + second * sizeof(uint32_t)));
}

/* Half of an argument under the mask is @value. */
static size_t emit_equal(struct builder *b, unsigned arg, bool high, uint32_t mask, uint32_t value,
			 size_t yes, size_t no)
{
	emit_jump(b, BPF_JEQ, value, yes, no);
	if (mask != UINT32_MAX)
		emit(b, BPF_ALU | BPF_AND | BPF_K, mask);
	return emit_load(b, arg, high);
}

static size_t emit_masked(struct builder *b, unsigned arg, uint64_t mask, uint64_t value,
			  size_t yes, size_t no)
{
	value &= mask;
	yes = emit_equal(b, arg, false, (uint32_t)mask, (uint32_t)value, yes, no);
	if (!b->wide)
		return yes;
	return emit_equal(b, arg, true, (uint32_t)(mask >> 32), (uint32_t)(value >> 32), yes, no);
}

/* @op: BPF_JGT or BPF_JGE */
static size_t emit_above(struct builder *b, unsigned arg, uint16_t op, uint64_t value, size_t yes,
			 size_t no)
{
	size_t low, equal;

	emit_jump(b, op, (uint32_t)value, yes, no);
	low = emit_load(b, arg, false);
	if (!b->wide)
		return low;
	equal = emit_jump(b, BPF_JEQ, (uint32_t)(value >> 32), low, no);
	emit_jump(b, BPF_JGT, (uint32_t)(value >> 32), yes, equal);
	return emit_load(b, arg, true);
}

static size_t emit_condition(struct builder *b, const struct condition *c, size_t yes, size_t no)
{
	switch (c->op) {
	case COMPARE_EQ:
		return emit_masked(b, c->arg, UINT64_MAX, c->value, yes, no);
	case COMPARE_NE:
		return emit_masked(b, c->arg, UINT64_MAX, c->value, no, yes);
	case COMPARE_GT:
		return emit_above(b, c->arg, BPF_JGT, c->value, yes, no);
	case COMPARE_LE:
		return emit_above(b, c->arg, BPF_JGT, c->value, no, yes);
	case COMPARE_GE:
		return emit_above(b, c->arg, BPF_JGE, c->value, yes, no);
	case COMPARE_LT:
		return emit_above(b, c->arg, BPF_JGE, c->value, no, yes);
	case COMPARE_MASKED:
		break;
	}
	return emit_masked(b, c->arg, c->value, c->masked, yes, no);
}

/* ---- ranges ---- */

static size_t emit_range(struct builder *b, const struct range *r)
{
	size_t next;

	if (!r->rules)
		return emit_return(b, r->action);
	next = emit_return(b, b->default_action);
	for (size_t i = r->n; i-- > 0;) {
		const struct filter_rule *rule = &r->rules[i];
		size_t yes = emit_return(b, rule->action);

		for (size_t c = rule->conds->n; c-- > 0;)
			yes = emit_condition(b, &rule->conds->v[c], yes, next);
		next = yes;
	}
	return next;
}

static size_t emit_leaf(struct builder *b, const struct leaf *leaf)
{
	size_t next = emit_range(b, leaf->ranges);

	for (size_t i = 1; i < leaf->n; i += 2) {
		const struct range *single = &leaf->ranges[i];
		size_t yes = emit_range(b, single);

		next = emit_jump(b, BPF_JEQ, single->start, yes, next);
	}
	return next;
}

/* The number is in A and in one of these @n > 0 leaves. */
static size_t emit_search(struct builder *b, const struct leaf *leaf, size_t n)
{
	size_t left, right;

	if (n == 1)
		return emit_leaf(b, leaf);
	right = emit_search(b, leaf + n / 2, n - n / 2);
	left = emit_search(b, leaf, n / 2);
	return emit_jump(b, BPF_JGE, leaf[n / 2].ranges->start, right, left);
}

/* Adds a range at the end, unless it says the same as the one before it. */
static void range_add(struct arena *a, ranges *list, struct range r)
{
	const struct range *before = list->n ? &list->v[list->n - 1] : NULL;

	if (!before || before->rules || r.rules || before->action != r.action)
		*list_add(a, list) = r;
}

/* What the @n rules for one number come to. */
static struct range range_of(const struct filter_rule *rules, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!rules[i].conds)
			return (struct range){ .start = rules->nr, .action = rules[i].action };
	return (struct range){ .start = rules->nr, .rules = rules, .n = n };
}

/* The rules, sorted by number, as ranges without gaps. */
static void ranges_make(struct builder *b, const filter_rules *rules, ranges *list)
{
	struct range gap = { .start = 0, .action = b->default_action };

	for (size_t i = 0, n; i < rules->n; i += n) {
		const struct filter_rule *first = &rules->v[i];

		for (n = 1; i + n < rules->n && first[n].nr == first->nr; n++)
			;
		if (gap.start != first->nr)
			range_add(b->arena, list, gap);
		range_add(b->arena, list, range_of(first, n));
		gap.start = first->nr + 1;
	}
	range_add(b->arena, list, gap);
}

static bool same_answer(const struct range *a, const struct range *b)
{
	return !a->rules && !b->rules && a->action == b->action;
}

/* How many of the ranges from @i on make a leaf. */
static size_t leaf_length(const ranges *list, size_t i)
{
	const struct range *r = list->v + i;
	size_t n = 1;

	while (n < 2 * SINGLES_MAX && i + n + 1 < list->n && r[n + 1].start - r[n].start == 1 &&
	       same_answer(r, &r[n + 1]))
		n += 2;
	return n;
}

static void leaves_make(struct arena *a, const ranges *list, leaves *out)
{
	for (size_t i = 0, n; i < list->n; i += n) {
		n = leaf_length(list, i);
		*list_add(a, out) = (struct leaf){ list->v + i, n };
	}
}

/* By eight bits of the number at @shift; what is equal there stays in order. */
static void rules_deal(const struct filter_rule *from, size_t n, unsigned shift,
		       struct filter_rule *to)
{
	uint32_t start[257] = { 0 };

	for (size_t i = 0; i < n; i++)
		start[(from[i].nr >> shift & 0xff) + 1]++;
	for (size_t i = 1; i < countof(start); i++)
		start[i] += start[i - 1];
	for (size_t i = 0; i < n; i++)
		to[start[from[i].nr >> shift & 0xff]++] = from[i];
}

/* By number; those of one number stay in order. */
static void rules_sort(struct arena *a, filter_rules *rules)
{
	struct filter_rule *other = arena_array(a, struct filter_rule, rules->n);
	uint32_t differ = 0;

	for_each (rule, rules)
		differ |= rule->nr ^ rules->v->nr;
	for (unsigned shift = 0; shift < 32; shift += 8) {
		struct filter_rule *from = rules->v;

		if (!(differ >> shift & 0xff))
			continue;
		rules_deal(from, rules->n, shift, other);
		rules->v = other;
		other = from;
	}
}

/* Whether arguments have 64 bits. x32 and n32 have 64-bit audit architectures. */
static bool is_wide(const struct arch_filter *f)
{
	return f->audit_arch & __AUDIT_ARCH_64BIT && !f->x32 &&
	       !(f->audit_arch & __AUDIT_ARCH_CONVENTION_MIPS64_N32);
}

void filter_make(struct arena *a, filter_rules *rules, uint32_t default_action,
		 struct arch_filter *f)
{
	auto_arena struct arena scratch = { 0 };
	struct builder b = { .arena = &scratch, .default_action = default_action, .wide = is_wide(f) };
	ranges list = { 0 };
	leaves tree = { 0 };
	size_t start;

	rules_sort(&scratch, rules);
	ranges_make(&b, rules, &list);
	leaves_make(&scratch, &list, &tree);
	start = emit_search(&b, tree.v, tree.n);
	if (distance(&b, start) > 0)
		emit(&b, BPF_JMP | BPF_JA, (uint32_t)distance(&b, start));
	f->code.n = b.code.n;
	f->code.v = arena_array(a, struct sock_filter, b.code.n);
	for (size_t i = 0; i < b.code.n; i++)
		f->code.v[i] = b.code.v[b.code.n - 1 - i];
	*rules = (filter_rules){ 0 };
}
