"""Who lives where, and on which numbers they are reached: wards, villages, households, contacts and their lists.

In come household lists as an office keeps them and corrections made at the desk. Out go households and contacts, asked
for as somebody, and lists for taking along. Nothing here imports a notice or sends anything; the channels a message
could go over are known, since people refuse them here.
"""
