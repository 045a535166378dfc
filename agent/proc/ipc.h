/* SPDX-License-Identifier: Apache-2.0 */
/* Operations of the frames between supervisor and roles; payloads are in
 * agent/proc/ipc.proto.  The supervisor is in the middle of every exchange:
 * roles never talk to each other. */
#ifndef CW_AGENT_PROC_IPC_H
#define CW_AGENT_PROC_IPC_H

enum ipc_walk_op {
	/* supervisor -> walk, first of all: files of the index, each with its
	 * descriptor and no payload, where there is one; then the word to go */
	IPC_WALK_DIRECTORIES = 1,	/* of the last scan, sealed */
	IPC_WALK_RECORDS,		/* the same */
	IPC_WALK_NEXT,			/* directories of this scan, to write */
	IPC_WALK_ANEW,			/* paths, NUL each: what is at or in
					 * them is looked at, changed or not */
	IPC_WALK_ONLY,			/* the same, and nothing else is */
	IPC_WALK_BEGIN,			/* WalkBegin */
	/* walk -> supervisor */
	IPC_WALK_CANDIDATE,	/* Candidate, with the file's descriptor */
	IPC_WALK_KEEP,		/* Keep: as the record of the last scan says */
	IPC_WALK_PARTIAL,	/* Keep: searched up to max_text_size only */
	IPC_WALK_PROGRESS,	/* WalkProgress */
	IPC_WALK_DONE,		/* WalkProgress; the walk came to its end */
	IPC_WALK__END
};

enum ipc_watch_op {
	/* watch -> supervisor */
	IPC_WATCH_READY = 1,	/* how it watches, in words, without NUL */
	IPC_WATCH_CHANGED,	/* names that matter: for each "f" or "d" (for
				 * a directory, with all in it), path, NUL */
	IPC_WATCH_LOST,		/* why all must be looked at, without NUL */
	/* supervisor -> watch: the paths that hold findings, in this order */
	IPC_WATCH_BEGIN,	/* int64: when the scan began, 1970 */
	IPC_WATCH_PATHS,	/* paths, NUL each; any number of frames; one
				 * that ends with a slash: all that is in it */
	IPC_WATCH_END,		/* no payload: these are now in force */
	IPC_WATCH__END
};

/* jobs that one parser holds at most */
#define IPC_PARSE_QUEUE 16

enum ipc_parse_op {	/* supervisor -> parse, parse -> supervisor */
	IPC_PARSE_JOB = 1,	/* Job, with the file's descriptor */
	IPC_PARSE_FINDING,	/* Finding */
	IPC_PARSE_DONE,		/* JobDone */
	IPC_PARSE_ASK,		/* Ask */
	IPC_PARSE_CONFIGURATION, /* Configuration, with its descriptor */
	IPC_PARSE_ANSWER,	/* Answer; holds secrets */
	IPC_PARSE__END
};

enum ipc_find_op {	/* find -> supervisor, each FIND_ASK answered */
	IPC_FIND_SERVICE = 1,	/* FindService: what follows is of that one */
	IPC_FIND_ASK,		/* FindAsk */
	IPC_FIND_ANSWER,	/* FindAnswer, with a file's descriptor */
	IPC_FIND_BINDING,	/* FindBinding */
	IPC_FIND_GAP,		/* cw.Gap, with its path */
	IPC_FIND_DONE,		/* no payload */
	IPC_FIND__END
};

enum ipc_probe_op {	/* supervisor -> probe, probe -> supervisor */
	IPC_PROBE_TARGET = 1,	/* ProbeTarget, with or without a socket */
	IPC_PROBE_RESULT,	/* ProbeResult */
	IPC_PROBE__END
};

enum ipc_listen_op {	/* listen -> supervisor */
	IPC_LISTEN_LISTENER = 1,	/* Listener; with a socket to connect
					 * with, if in another namespace */
	IPC_LISTEN_DONE,	/* ListenDone */
	IPC_LISTEN__END
};

enum ipc_token_op {	/* supervisor -> token, token -> supervisor */
	IPC_TOKEN_JOB = 1,	/* TokenJob, once: each process does one */
	IPC_TOKEN_MODULE,	/* TokenModule */
	IPC_TOKEN_FINDING,	/* TokenFinding */
	IPC_TOKEN_DONE,		/* TokenDone */
	IPC_TOKEN__END
};

enum ipc_sync_op {
	/* supervisor -> sync: a new snapshot, in this order */
	IPC_SYNC_BEGIN = 1,	/* no payload; discards one not yet ended */
	IPC_SYNC_ITEM,		/* SnapshotItem, any number */
	IPC_SYNC_COMMIT,	/* Coverage: make it durable, then sync */
	/* supervisor -> sync */
	IPC_SYNC_RELOAD,	/* no payload: new configuration, start anew */
	IPC_SYNC_WATCHING,	/* how changes are watched, in words, no NUL */
	/* sync -> supervisor */
	IPC_SYNC_STORED,	/* Status: the snapshot is durable */
	IPC_SYNC_STATUS,	/* Status: something changed */
	IPC_SYNC_COMMAND,	/* cw.SignedCommand, as received */
	IPC_SYNC_KEPT,		/* Kept */
	/* supervisor -> sync */
	IPC_SYNC_RESULT,	/* cw.CommandResult, until it is kept */
	IPC_SYNC_RENEW,		/* no payload: renew the identity now */
	/* some paths anew, also while a snapshot comes, and newer than what
	 * that has of them: in this order */
	IPC_SYNC_PATCH,		/* the paths, NUL after each */
	IPC_SYNC_PATCH_ITEM,	/* SnapshotItem, any number */
	IPC_SYNC_PATCH_COMMIT,	/* Coverage of these paths; as COMMIT */
	IPC_SYNC__END
};

enum ipc_command_op {
	/* supervisor -> command */
	IPC_COMMAND_TAKE = 1,	/* cw.SignedCommand, as received */
	IPC_COMMAND_FINISHED,	/* cw.CommandResult of what was run */
	IPC_COMMAND_KEPT,	/* Kept */
	/* command -> supervisor */
	IPC_COMMAND_RUN,	/* Run; FINISHED is waited for */
	IPC_COMMAND_RESULT,	/* cw.CommandResult, durable here */
	IPC_COMMAND_TURN,	/* no payload: at its start, and once for each
				 * frame that was dealt with */
	IPC_COMMAND__END
};

enum ipc_exec_op {
	IPC_EXEC_RUN = 1,	/* supervisor -> exec: Run, one */
	IPC_EXEC_DONE,		/* exec -> supervisor: cw.CommandResult */
	IPC_EXEC__END
};

enum ipc_metrics_op {
	IPC_METRICS_TEXT = 1,	/* supervisor -> metrics: all figures */
	IPC_METRICS__END
};

#endif
