/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HULL_JSON_H
#define HULL_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "hull/mem.h"

/*
 * A struct and its JSON form, described once by a table of fields. The same
 * table decodes, encodes and says where in the document a value came from.
 *
 *	char *, bool, intN_t, double	the value itself; NULL, false, 0 when absent
 *	bool *, intN_t *	NULL when absent
 *	struct T *		an object; NULL when absent
 *	struct T		an object; all its members absent when it is
 *	LIST(char *)		a list; v[n] is NULL, so it can serve as argv
 *	LIST(struct T)		a list, or a map whose keys go to the first member
 *
 * null counts as absent. Unknown names are ignored (config.md, Extensibility).
 */
enum json_kind { JSON_BOOL, JSON_INT, JSON_NUMBER, JSON_STR, JSON_OBJECT };
enum json_shape { JSON_PLAIN, JSON_POINTER, JSON_LIST, JSON_MAP };

struct field;

struct type {
	const char *name;		/* as an error message calls it */
	enum json_kind kind;
	size_t size;
	bool is_signed;
	const struct field *fields;	/* JSON_OBJECT: ends with a NULL key */
	const struct type *value;	/* in a map only: the name goes to the first member, and */
	size_t value_at;		/* this is where a value of that type goes; NULL: the whole */
};

struct field {
	const char *key;
	size_t offset;
	enum json_shape shape;
	const struct type *type;
	unsigned flags;
};

enum {
	REQUIRED = 1 << 0,		/* must be there; always written */
	ALIAS = 1 << 1,			/* another name of a member: read, never written */
	OR_NULL = 1 << 2,		/* null is written when it is absent */
};

extern const struct type type_str, type_bool, type_i32, type_u32, type_i64,
			 type_u64, type_u16, type_double;

/* The descriptor follows from the C type of the member. */
#define SCALAR(x) _Generic((x), \
	char *: &type_str, const char *: &type_str, bool: &type_bool, bool *: &type_bool, \
	int32_t: &type_i32, int32_t *: &type_i32, \
	uint32_t: &type_u32, uint32_t *: &type_u32, \
	int64_t: &type_i64, int64_t *: &type_i64, \
	uint64_t: &type_u64, uint64_t *: &type_u64, \
	uint16_t: &type_u16, uint16_t *: &type_u16, \
	double: &type_double)
#define SHAPE(x) _Generic((x), \
	bool *: JSON_POINTER, uint16_t *: JSON_POINTER, \
	int32_t *: JSON_POINTER, uint32_t *: JSON_POINTER, \
	int64_t *: JSON_POINTER, uint64_t *: JSON_POINTER, \
	default: JSON_PLAIN)

#define MEMBER(S, m)	(((S *)0)->m)
/* offsetof, but only if the member has exactly the C type T. */
#define AT(S, m, of, T) \
	(offsetof(S, m) + 0 * sizeof(struct { _Static_assert( \
		__builtin_types_compatible_p(__typeof__(MEMBER(S, of)), T), \
		#S "." #m " is not a " #T); char c; }))

#define F(S, m, k, f)		{ k, offsetof(S, m), SHAPE(MEMBER(S, m)), SCALAR(MEMBER(S, m)), f }
#define F_OBJ(S, m, k, T, f)	{ k, AT(S, m, m, struct T *), JSON_POINTER, &type_##T, f }
#define F_IN(S, m, k, T, f)	{ k, AT(S, m, m, struct T), JSON_PLAIN, &type_##T, f }
#define F_LIST(S, m, k, T, f)	{ k, AT(S, m, m.v[0], struct T), JSON_LIST, &type_##T, f }
#define F_MAP(S, m, k, T, f)	{ k, AT(S, m, m.v[0], struct T), JSON_MAP, &type_##T, f }
#define F_STRS(S, m, k, f)	{ k, AT(S, m, m.v[0], char *), JSON_LIST, &type_str, f }
#define F_NUMS(S, m, k, f)	{ k, AT(S, m, m.v[0], uint32_t), JSON_LIST, &type_u32, f }

#define OBJECT(T, table) \
	const struct type type_##T = { .name = "object", .kind = JSON_OBJECT, \
				       .size = sizeof(struct T), .fields = table }

/* string -> string, as in annotations and sysctl */
struct json_pair {
	char *key, *value;
};
extern const struct type type_json_pair;

/* string -> number */
struct json_count {
	char *key;
	uint64_t value;
};
extern const struct type type_json_count;

/* ---- the document ---- */

enum { JSON_DEPTH_MAX = 64 };

/*
 * A value that does not come from the document: messages call it @name, as an
 * option of the command line. Without a name it stands for the value at @in of
 * the document, of which it is a copy with changes.
 */
struct json_name {
	const void *value;
	const char *member;		/* NULL: whatever is in it */
	const char *name;
	const void *in;
};

/* A document and every value in it; the values know the C objects that they became. */
struct json_doc {
	const char *name;		/* as messages call it: "config.json" */
	const char *text;		/* NULL: nobody ever saw it, so lines say nothing */
	size_t size;
	struct json_node *node;		/* in the order of the text; the first is the whole */
	size_t n;
	LIST(struct json_name) names;	/* the first that fits counts */
};

/*
 * What is wrong with a document, all of it (but of a long list of mistakes
 * only the first hundred or two, so that no document can keep us busy). A
 * warning does not make it invalid. @text is the sentence without the place.
 */
struct finding {
	char *pointer, *text;		/* pointer: RFC 6901, "" for the whole */
	const char *name;		/* of what does not come from the document; else NULL */
	unsigned line, column;		/* from 1; 0 if there is no text */
	bool warning;
};
typedef LIST(struct finding) findings;

/*
 * Text to document. Refuses what is not JSON (RFC 8259): trailing bytes,
 * invalid UTF-8, and also duplicate names, U+0000 and nesting deeper than
 * JSON_DEPTH_MAX. @text must outlive @doc; @name is kept, not copied.
 */
struct err *json_parse(struct arena *a, const char *name, const char *text, size_t size,
		       struct json_doc *doc) MUST_CHECK;

/* The same with what is wrong as findings; false if there is any. */
bool json_scan(struct arena *a, const char *name, const char *text, size_t size,
	       struct json_doc *doc, findings *found);

/*
 * Document to C. Everything wrong (type, range, missing) is added to @found
 * and left zero in @to; so are, as warnings, unknown names that look like a
 * misspelt known one.
 */
void json_decode(struct arena *a, struct json_doc *doc, const struct type *t, void *to,
		 findings *found);

/* json_parse and json_decode for documents of which one mistake is enough (no warnings). */
struct err *json_load(struct arena *a, const char *name, const char *text, size_t size,
		      const struct type *t, void *to) MUST_CHECK;

/*
 * Adds a finding about the C value at @value, or about its member @member
 * (a JSON name, NULL for the value itself; it may be absent). @value must
 * have been decoded from @doc: the address of an object, of a list, of a list
 * item, of what a pointer points to, or of a plain member that is not the
 * first of its struct. NULL is the whole document.
 */
void finding_add(struct arena *a, findings *found, const struct json_doc *doc,
		 const void *value, const char *member, bool warning, const char *fmt, ...)
	PRINTF(7, 8);

/* Whether the document has @member in the object at @value; null counts as absent. */
bool json_has(const struct json_doc *doc, const void *value, const char *member);

/* All errors among them as one; NULL if there are only warnings. */
struct err *findings_error(const findings *found, const char *name) MUST_CHECK;

/* Adds to @e where the value stands (ERR_POINTER, ERR_WHERE). NULL passes through. */
struct err *err_at(struct err *e, const struct json_doc *doc, const void *value,
		   const char *member) MUST_CHECK;

/* ---- writing ---- */

enum json_style { JSON_COMPACT, JSON_INDENT };

/* C to text, allocated, without a final newline; absent and zero members are left out. */
char *json_encode(const struct type *t, const void *from, enum json_style style);

/*
 * The same for what was decoded from @doc and changed since: names that the
 * tables do not know (config.md, "Extensibility") stay, but for those in
 * objects that were put in the place of others.
 */
char *json_encode_over(const struct json_doc *doc, const struct type *t, const void *from,
		       enum json_style style);

/* A string as a JSON string with its quotes; invalid UTF-8 becomes U+FFFD. Allocated. */
char *json_quote(const char *s);

#endif
