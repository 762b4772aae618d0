select
    tconst as episode_id,
    parenttconst as series_id,
    try_cast(nullif(seasonnumber, '\N') as integer) as season_number,
    try_cast(nullif(episodenumber, '\N') as integer) as episode_number
from {{ source('imdb', 'title_episode') }}
where tconst is not null
