/* SPDX-License-Identifier: Apache-2.0 */
/* Operations of the frames between supervisor and roles; payloads are in
 * agent/proc/ipc.proto.  The supervisor is in the middle of every exchange:
 * roles never talk to each other. */
#ifndef CW_AGENT_PROC_IPC_H
#define CW_AGENT_PROC_IPC_H

enum ipc_walk_op {	/* walk -> supervisor */
	IPC_WALK_CANDIDATE = 1,	/* Candidate, with the file's descriptor */
	IPC_WALK_PROGRESS,	/* WalkProgress */
	IPC_WALK_DONE,		/* WalkProgress; the walk came to its end */
	IPC_WALK__END
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

enum ipc_sync_op {
	/* supervisor -> sync: a new snapshot, in this order */
	IPC_SYNC_BEGIN = 1,	/* no payload; discards one not yet ended */
	IPC_SYNC_ITEM,		/* SnapshotItem, any number */
	IPC_SYNC_COMMIT,	/* Coverage: make it durable, then sync */
	/* supervisor -> sync */
	IPC_SYNC_RELOAD,	/* no payload: new configuration, start anew */
	/* sync -> supervisor */
	IPC_SYNC_STORED,	/* Status: the snapshot is durable */
	IPC_SYNC_STATUS,	/* Status: something changed */
	IPC_SYNC__END
};

#endif
