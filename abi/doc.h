// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The documentation in the tables abi/*.def and abi/arch/*/*.def. It stands behind the line that it is about,
// and tools/manual, which defines these macros anew, makes docs/manual of it; for everybody else it expands
// to nothing. In the texts, `x` is code; in a method's, `name` must be one of its capabilities, words or
// results. <Object>_<Method> becomes a link; [text](page.md) is one.
//
// tools/manual refuses a table in which a capability, word or result of a method has no documentation, or has
// it twice, or in which a documented name does not exist.
#ifndef ABI_DOC_H
#define ABI_DOC_H

// A paragraph. The first one of an object, a method, a fault or a system call says what it is.
#define DOC(text)
// A heading within an object's page, a line of a list, and one of the value lists of values.def; then lines
// of the page again.
#define DOC_SECTION(title)
#define DOC_ITEM(text)
#define DOC_TABLE(list)
// How an object is made, and what happens when its last capability is deleted.
#define DOC_MADE(text)
#define DOC_GONE(text)
// Continues an object's page.
#define DOC_OBJECT(object)

// A method: each extra capability, each word (with its unit), each result (`count` words). DOC_REST: words
// after those of the table, as many as another word says.
#define DOC_CAP(name, text)
#define DOC_WORD(name, text)
#define DOC_REST(name, text)
#define DOC_RESULT(count, name, text)
// Its errors, in the order in which the kernel looks: code (SEL4_<code>), the reply's words as the caller
// sees them ("": none), when, and the mend. What the table itself says (TruncatedMessage) is not repeated.
#define DOC_ERROR(code, words, when, mend)
// The errors of finding a slot from `root` (a capability's name, or "the invoked CNode"), words `index` and
// `depth`; source: 1 if the reply says that it was the source's.
#define DOC_LOOKUP(source, root, index, depth)

#endif
