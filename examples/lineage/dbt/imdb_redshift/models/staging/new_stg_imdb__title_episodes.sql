select
    episode_id::varchar(16) as episode_id,
    series_id::varchar(16) as series_id,
    season_number,
    episode_number
from {{ source('imdb', 'stg_imdb__title_episodes') }}
