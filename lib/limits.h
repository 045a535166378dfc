/* SPDX-License-Identifier: Apache-2.0 */
/* Every maximum of certwalk that guards against hostile input, with unit and
 * reason.  What an administrator may change is an option instead. */
#ifndef CW_LIB_LIMITS_H
#define CW_LIB_LIMITS_H

#define KIB(n) ((size_t)(n) << 10)
#define MIB(n) ((size_t)(n) << 20)

/* bytes of a file's first block, by which its format is told */
#define LIMIT_HEAD KIB(4)

/* bytes of one DER object; the largest public certificates are some 20 KiB,
 * CRLs reach many MiB and are then reported without their DER */
#define LIMIT_DER MIB(1)

/* bytes of a keystore or other file that is parsed as a whole */
#define LIMIT_SLURP MIB(16)

/* bytes of a list of weak keys; Debian's longest has some 10 MiB */
#define LIMIT_KEY_LIST MIB(64)

/* entries that one file may yield; a system's CA bundle has 150 */
#define LIMIT_FINDINGS_PER_FILE 100000

/* gaps that one file may yield; a log can hold thousands of broken blocks */
#define LIMIT_GAPS_PER_FILE 32

/* bytes that a scan spends on matching keys with certificates: some 10,000 of
 * both */
#define LIMIT_MATCH_BYTES MIB(6)

/* bytes that a scan spends on joining what is served with what lies on disk:
 * some 10,000 certificates, and 1,000 that configurations name */
#define LIMIT_JOIN_BYTES MIB(6)

/* names that one listening socket is asked for; a web server may have
 * thousands, and each costs a handshake */
#define LIMIT_SNI_NAMES 256

/* bytes of a file of passwords, of one of them, and how many of them one
 * keystore is tried with from each kind of source */
#define LIMIT_PASSWORD_FILE KIB(64)
#define LIMIT_PASSWORD KIB(1)
#define LIMIT_PASSWORDS 1000

/* applications' configurations that are read for one keystore, the bytes of
 * each, and how deep elements and mappings nest in them; entries of a folder in
 * which they are looked for */
#define LIMIT_APPCONF 48
#define LIMIT_APPCONF_BYTES MIB(2)
#define LIMIT_APPCONF_DEPTH 64
#define LIMIT_APPCONF_ENTRIES 2000

/* network namespaces of a host; listening sockets in all of them; processes
 * that are named for one of them */
#define LIMIT_NETNS 1024
#define LIMIT_LISTENERS 65536
#define LIMIT_LISTENER_PROCESSES 32

/* mounts of our own namespace: the kernel's own limit (fs.mount-max) */
#define LIMIT_MOUNTS 100000

/* other mount namespaces; mounts of one, and of all together; namespaces that
 * the coverage names one by one */
#define LIMIT_MOUNT_NAMESPACES 512
#define LIMIT_NAMESPACE_MOUNTS 2048
#define LIMIT_ALL_MOUNTS 20000
#define LIMIT_NAMESPACE_NOTES 64

/* milliseconds in which their mounts have to be judged: each is compared with
 * all, and whoever may mount could keep a scan from beginning */
#define LIMIT_NAMESPACE_TIME 10000

/* PKCS#11 modules of a host; slots of a module; objects of a token, where the
 * largest network HSMs hold some thousands; bytes of a label or an id, and of
 * any other attribute but a certificate */
#define LIMIT_TOKEN_MODULES 64
#define LIMIT_TOKEN_SLOTS 256
#define LIMIT_TOKEN_OBJECTS 20000
#define LIMIT_TOKEN_NAME KIB(1)
#define LIMIT_TOKEN_ATTRIBUTE KIB(64)

/* formats inside formats (a keystore in a Secret in an archive) */
#define LIMIT_NESTING 6

/* entries of an archive, those of the archives in it included */
#define LIMIT_ARCHIVE_ENTRIES 1000000

/* bytes that may come out of an archive; container images have some GiB */
#define LIMIT_ARCHIVE_BYTES ((uint64_t)8 << 30)

/* bytes that may come out for each byte that goes in, once it is more than
 * LIMIT_ARCHIVE_FREE in all: texts reach 20, disk images 100 */
#define LIMIT_ARCHIVE_RATIO 200
#define LIMIT_ARCHIVE_FREE ((uint64_t)64 << 20)

/* bytes that may come out of gzip in the base64 of one file; a Helm release has
 * some MiB */
#define LIMIT_INFLATE MIB(32)

/* bytes of a payload that goes into the frame itself; what is longer travels
 * in a sealed memfd.  Unprivileged socket buffers hold 208 KiB. */
#define LIMIT_FRAME_INLINE KIB(32)

/* bytes of any frame between two processes */
#define LIMIT_FRAME MIB(8)

/* bytes of a path; the kernel limits a single call, not a path's depth.  Each
 * directory is opened from the root, so depth costs its square. */
#define LIMIT_PATH KIB(64)

/* bytes of a path that a coverage names, of all that it names, and of those
 * the part that each kind of gap has for itself */
#define LIMIT_GAP_PATH KIB(8)
#define LIMIT_GAP_BYTES MIB(4)
#define LIMIT_GAP_RESERVE KIB(64)

/* gaps of one kind that a coverage lists by name; all are counted */
#define LIMIT_GAPS 300

/* the same for what a scan could not look at: the locations known there are
 * carried over by these names */
#define LIMIT_GAPS_KEPT 30000

/* bytes of facts of one object: names and addresses of a certificate */
#define LIMIT_FACTS MIB(2)

/* names of one kind (DNS names, URIs ...) that facts list */
#define LIMIT_NAMES 10000

/* events that one difference is told by */
#define LIMIT_EVENTS 2000
/* and those of one agent in an hour */
#define LIMIT_EVENTS_HOUR 10000

/* new certificates of one sync whose forerunner is looked for */
#define LIMIT_SETTLED 200

/* bytes of a text of a location that the collector keeps (an entry, a server
 * name), and of a path; entries of a list of them; bytes of all but its facts.
 * Names have some hundred, and a certificate of a large web server some hundred
 * names. */
#define LIMIT_LOCATION_TEXT KIB(4)
#define LIMIT_LOCATION_PATH LIMIT_PATH
#define LIMIT_LOCATION_LIST 1000
#define LIMIT_LOCATION MIB(1)

/* locations in one part of a sync */
#define LIMIT_SYNC_LOCATIONS 5000

/* bytes of one sync's body that an agent sends (objects included) */
#define LIMIT_SYNC_BODY MIB(4)

/* objects that one reply may ask for */
#define LIMIT_SYNC_NEED 1000

/* bytes of the headers that a reply of page or REST has of its own */
#define LIMIT_REPLY_HEADERS KIB(4)

/* bytes of an identity provider's documents, its list of keys and its answers,
 * and of one token: real ones have some KiB */
#define LIMIT_PROVIDER KIB(256)
#define LIMIT_JWT KIB(64)

/* levels and values of JSON that the collector takes from outside; bytes are
 * bounded before */
#define LIMIT_JSON_DEPTH 16
#define LIMIT_JSON_VALUES 10000

/* bytes of a reply that an agent reads */
#define LIMIT_REPLY MIB(4)

/* bytes of a snapshot file that is read back */
#define LIMIT_SNAPSHOT MIB(1024)

/* bytes of all that a server says before TLS is encrypted, or of one message;
 * chains with post-quantum signatures reach some 100 KiB */
#define LIMIT_TLS_FLIGHT (MIB(1) + KIB(64))

/* certificates of one chain that are kept; real ones have up to 10 */
#define LIMIT_TLS_CHAIN 100

/* bytes of a talk before STARTTLS */
#define LIMIT_STARTTLS KIB(64)

/* targets of one `certwalk probe`: a /16 on four ports */
#define LIMIT_PROBE_TARGETS 262144

/* bytes of a command's payload; signatures on it; its parameters, bytes of a
 * parameter's name and value with their NUL */
#define LIMIT_COMMAND KIB(64)
#define LIMIT_SIGNATURES 16
#define LIMIT_PARAMETERS 32
#define LIMIT_PARAMETER_NAME 65
#define LIMIT_PARAMETER_VALUE 4097

/* seconds from a command's not_before to its end, and by which the clocks of
 * host and signer may differ */
#define LIMIT_COMMAND_LIFE (7 * 86400)
#define LIMIT_CLOCK_SKEW 60

/* bytes of a configuration file, and of one line in it: a path of the longest
 * kind fits */
#define LIMIT_CONFIG KIB(256)
#define LIMIT_CONFIG_LINE KIB(8)

/* faults of a configuration file that are told one by one */
#define LIMIT_CONFIG_FAULTS 100

/* nodes, nesting and bytes of what is read of one service's configuration, its
 * includes with it, and bytes of one statement */
#define LIMIT_SYNTAX_NODES 200000
#define LIMIT_SYNTAX_DEPTH 64
#define LIMIT_SYNTAX_BYTES MIB(32)
#define LIMIT_SYNTAX_LINE MIB(1)

/* bytes of one configuration file that a finder reads */
#define LIMIT_FINDER_FILE MIB(4)

/* files and folders that finders may ask for in one scan, and the bytes of
 * those files */
#define LIMIT_FINDER_ASKS 20000
#define LIMIT_FINDER_BYTES MIB(256)

/* names in a folder that a finder looks into */
#define LIMIT_FINDER_NAMES 10000

/* configurations that include each other */
#define LIMIT_FINDER_DEPTH 16

/* bindings of one scan, and the bytes of all of them */
#define LIMIT_BINDINGS 100000
#define LIMIT_BINDING_BYTES MIB(16)

/* bindings of one file on disk: all of its locations carry them */
#define LIMIT_BINDINGS_OF_FILE 256

/* bindings of one start file: each is compared with all before it */
#define LIMIT_BINDINGS_PER_FILE 20000

/* server names, and addresses, of one binding */
#define LIMIT_BINDING_NAMES 1000

/* processes whose command line is looked at for configurations */
#define LIMIT_PROCESSES 50000
/* mount namespaces and roots, besides the host's, in which configurations are
 * read; a descriptor each */
#define LIMIT_VIEWS 256
/* files of views that configurations name, and that are opened for that */
#define LIMIT_FOREIGN_FILES 20000

/* arguments of one of them */
#define LIMIT_ARGUMENTS 4096

#endif
