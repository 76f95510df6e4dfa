"""Who asked and what was done: the consultation archive (咨询档案), tickets (工单), follow-ups (回访), the outbox."""
