/* SPDX-License-Identifier: Apache-2.0 */
/* Gives memory back before a process idles for long. */
#ifndef CW_AGENT_PROC_TRIM_H
#define CW_AGENT_PROC_TRIM_H

/* Free heap goes back to the kernel, and so do the mappings of code and
 * constants of the program and its libraries, some dozens of which were only
 * read by the dynamic linker; what is needed comes back from the page cache.
 * Takes some 100 us. */
void trim_memory(void);

#endif
